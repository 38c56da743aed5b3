// Package cachedb_sql is OpenSIPS's cachedb_sql module: key-value stores in a table of a
// database, for the cache_* functions of the core. Each of them is one statement with
// bound values; the run waits for it parked.
package cachedb_sql

import (
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/timer"
)

// A Module is one loaded cachedb_sql.
type Module struct {
	engine *cachedb.Engine
	table  table
	clean  time.Duration

	group    *loop.Group
	stores   []*store
	cleaning timer.Kind
	ops      loop.Pool[op]
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.engine = cachedb.NewEngine("sql", "a table of a database")
	m.engine.Raw = true
	e.Engines = []*cachedb.Engine{m.engine}
	p := &e.Params
	p.Func("cachedb_url", `what a script's store is, sql:id-db_url: sql:1st-mysql://u:p@host/db is "sql:1st-mysql", also "sql:1st"`, m.addURL)
	name := func(v *string, param, def, doc string) {
		*v = def
		p.Func(param, doc+"; "+def+" by default", func(s string) error { return nameOf(v, s) })
	}
	name(&m.table.name, "db_table", "cachedb", "the table")
	name(&m.table.key, "key_column", "keyname", "its column with the key, which is unique")
	name(&m.table.value, "value_column", "value", "its column with what cache_store() stores")
	name(&m.table.counter, "counter_column", "counter", "its column with the number that cache_add() adds to")
	name(&m.table.expires, "expires_column", "expires", "its column with the Unix time until which the key is there; 0: for ever")
	p.SecondsFrom(&m.clean, "cache_clean_period", 60*time.Second, time.Second, "seconds between two deletions of rows whose time is over")
}

// addURL declares "sql:1st-mysql://..." under that name, and under its first part.
func (m *Module) addURL(text string) error {
	s, err := m.engine.Add(text)
	if err != nil {
		return err
	}
	id, scheme, named := strings.Cut(s.Group, "-")
	if !named {
		scheme = s.Group
	}
	if _, known := db.ModuleOf(scheme); !known {
		return fmt.Errorf("%q is no database; it is written sql:id-driver://..., and there are %s", scheme, strings.Join(db.Schemes(), ", "))
	}
	if named && id != "" {
		m.engine.Default(id).URLs = s.URLs
	}
	return nil
}

// dbURL is the db_url within a cachedb_url.
func dbURL(u cachedb.URL) string {
	_, scheme, named := strings.Cut(u.Group, "-")
	if !named {
		scheme = u.Group
	}
	return scheme + "://" + u.Rest
}

// Start prepares the databases. None needs to be up.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.group, m.ops = c.Group, loop.NewPool[op](c.Group)
	m.cleaning = c.Group.NewKind(func(l *loop.Loop, i uint64) { m.stores[i].cleanUp(l) })
	open := map[string]*store{}
	for _, s := range m.engine.Stores() {
		url := dbURL(s.URLs[len(s.URLs)-1])
		if open[url] == nil {
			d, err := c.Databases.Open(url)
			if err != nil {
				return fmt.Errorf("cachedb_url: %w", err)
			}
			open[url] = &store{m: m, index: uint64(len(m.stores)), set: c.Databases, db: d, sql: m.table.statements(d.Dialect())}
			m.stores = append(m.stores, open[url])
		}
		s.Open(open[url])
	}
	return nil
}

// Open begins to delete what is over.
func (m *Module) Open(*module.Env) error {
	for i, s := range m.stores {
		m.group.Do(i%m.group.Len(), s.cleanLater)
	}
	return nil
}
