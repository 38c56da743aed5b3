package usrloc

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/usrloc/redisstore"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// openBackend opens what keeps contacts besides the memory, or instead of it, if the mode
// has something.
func (m *Module) openBackend(e *module.Env) error {
	if m.core.Offline {
		return nil
	}
	switch m.set.chosen() {
	case writeBack:
		return m.openSQL(e, sqlstore.WriteBack)
	case writeThrough:
		return m.openSQL(e, sqlstore.WriteThrough)
	case sqlOnly:
		return m.openSQL(e, sqlstore.Only)
	case inCache:
		m.prepare = m.openCache
	}
	return nil
}

// openSQL opens the database, which is to be done before others have started; the rest waits
// until all tables are known.
func (m *Module) openSQL(e *module.Env, mode sqlstore.Mode) error {
	d, err := m.core.Databases.Open(m.set.dbURL)
	if err != nil {
		return fmt.Errorf("db_url: %w", err)
	}
	m.prepare = func() error {
		b := sqlstore.New(m.core.Group, m.Location(), sqlstore.Config{Mode: mode, URL: cmp.Or(m.set.dbURL, m.core.Databases.Default), Databases: m.core.Databases, DB: d,
			Columns: m.set.table(), Flags: branchFlags{&e.Registry().BranchFlags}, Interval: m.set.interval})
		found, err := b.Load(m.set.skipVersion)
		if err != nil {
			return fmt.Errorf("db_url: %w", err)
		}
		if mode != sqlstore.Only {
			m.core.Group.Logger().Info("usrloc: contacts of before are in memory", "contacts", found.Rows, "ended", found.Ended, "took", found.Took)
		}
		if found.Skipped > 0 {
			m.core.Group.Logger().Warn("usrloc: rows are not used", "rows", found.Skipped, "first", found.Why)
		}
		m.setBackend(b)
		b.Start()
		return nil
	}
	return nil
}

// openCache takes the Redis of cachedb_url, which module cachedb_redis has opened by now.
func (m *Module) openCache() error {
	r, is := m.cache.DB().(interface{ Client() *redis.Client })
	if !is {
		return fmt.Errorf("cachedb_url: %s is no Redis", m.cache.Name())
	}
	m.setBackend(redisstore.New(m.core.Group, m.Location(), redisstore.Config{Client: r.Client(), Ops: m.core.Ops,
		Flags: branchFlags{&m.env.Registry().BranchFlags}, Call: m.set.matching == 1}))
	return nil
}

// declareCache declares the store of cachedb_url: a name that cachedb_redis has, or a URL.
func (m *Module) declareCache() error {
	text := m.set.cacheURL
	if m.cache = m.env.Caches().Find(text); m.cache != nil {
		return nil
	}
	u, err := cachedb.ParseURL(text)
	if err != nil {
		return err
	}
	e := m.env.Caches().Engine(u.Scheme)
	if u.Scheme != "redis" || e == nil {
		return fmt.Errorf("%s: contacts are kept in Redis, by module cachedb_redis, which is to be loaded", u)
	}
	if m.cache = e.Store(u.Group); m.cache == nil {
		m.cache, err = e.Add(text)
		return err
	}
	if !slices.Contains(m.cache.URLs, u) {
		return fmt.Errorf("the group %q of cachedb_redis is another server", u.Group)
	}
	return nil
}

// table is what the columns are called.
func (s *settings) table() sqlstore.Columns {
	of := func(name string) string { return *s.columns[name] }
	c := sqlstore.DefaultColumns()
	for _, v := range []*string{&c.ContactID, &c.User, &c.Domain, &c.Contact, &c.Received, &c.Path, &c.Expires, &c.Q, &c.CallID, &c.CSeq,
		&c.Flags, &c.BranchFlags, &c.UserAgent, &c.Socket, &c.Methods, &c.Instance, &c.KV, &c.Attr} {
		*v = of(*v)
	}
	return c
}

// branchFlags are the names of the script's branch flags; one that it does not have any
// more is forgotten.
type branchFlags struct{ names *script.FlagNames }

// AppendNames appends the names of bits, with blanks between, as OpenSIPS has them.
func (f branchFlags) AppendNames(dst []byte, bits uint32) []byte {
	from := len(dst)
	dst = f.names.AppendList(dst, bits)
	for i := from; i < len(dst); i++ {
		if dst[i] == ',' {
			dst[i] = ' '
		}
	}
	return dst
}

// Bits is the opposite.
func (f branchFlags) Bits(list []byte) (bits uint32) {
	for name := range bytes.FieldsSeq(list) {
		bit, _ := f.names.Mask(name)
		bits |= bit
	}
	return bits
}
