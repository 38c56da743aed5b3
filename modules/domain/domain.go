// Package domain is OpenSIPS's domain module: which domains are the proxy's own is in a
// table of a database. The table is asked, or kept in memory (db_mode); no loop waits for
// the database in either case.
package domain

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded domain.
type Module struct {
	url    string
	mode   int
	names  columns
	group  *loop.Group
	set    *db.Set
	db     db.Database
	asks   loop.Pool[lookup]
	loaded atomic.Pointer[domains] // all loops read it; nil before the first time
	load   loader
}

// columns are the names of the table and of what is in it.
type columns struct{ table, domain, attrs, subdomain string }

// The values of db_mode.
const (
	ask   = iota // the database, each time
	cache        // the table is in memory
)

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
)

// Setup declares parameters, functions and commands.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Checked(&m.url, "db_url", "", "the database; db_default_url if not set", db.CheckURL)
	p.IntRange(&m.mode, "db_mode", ask, ask, cache, "0: the database is asked each time; 1: the table is kept in memory, until domain:reload")
	p.Checked(&m.names.table, "domain_table", "domain", "the table", db.CheckName)
	p.Checked(&m.names.domain, "domain_col", "domain", "its column with the domain", db.CheckName)
	p.Checked(&m.names.attrs, "attrs_col", "attrs", "its column with the domain's attributes, any text", db.CheckName)
	p.Checked(&m.names.subdomain, "accept_subdomain_col", "accept_subdomain", "its column with 1 where the domains below are ours as well", db.CheckName)
	e.Funcs = m.functions()
	e.Commands = m.commands()
}

// Start prepares the database, which need not be up.
func (m *Module) Start(e *module.Env) (err error) {
	c := e.Shared.(*proxy.Core)
	m.group, m.set, m.asks = c.Group, c.Databases, loop.NewPool[lookup](c.Group)
	if m.db, err = c.Databases.Open(m.url); err != nil {
		return err
	}
	c.Settings.AliasFuncs = append(c.Settings.AliasFuncs, m.isAlias)
	return m.load.prepare(m)
}

// Open begins to load the table.
func (m *Module) Open(*module.Env) error {
	m.group.Do(loaderLoop, func(l *loop.Loop) { m.load.begin(l, nil) })
	return nil
}

// isAlias makes what the table has names of this proxy, for is_myself() and loose_route().
func (m *Module) isAlias(host []byte) bool {
	t := m.loaded.Load()
	if t == nil {
		return false
	}
	var text [maxHost]byte
	_, ok := t.find(normal(text[:0], host))
	return ok
}

// Report writes the counters of the database.
func (m *Module) Report(line func(string)) { line("domain " + m.db.Stats()) }
