package usrloc

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// openBackend opens what keeps contacts besides the memory, or instead of it, if the mode
// has something.
func (m *Module) openBackend(e *module.Env) error {
	switch m.set.chosen() {
	case writeBack:
		return m.openSQL(e, sqlstore.WriteBack)
	case writeThrough:
		return m.openSQL(e, sqlstore.WriteThrough)
	case sqlOnly:
		return m.openSQL(e, sqlstore.Only)
	case inCache:
		return fmt.Errorf("working mode full-sharing-cachedb-cluster is not there yet")
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
		m.Location().SetBackend(b)
		b.Start()
		return nil
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
