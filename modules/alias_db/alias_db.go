// Package alias_db is OpenSIPS's alias_db module: other names that users are called by, in
// a table of a database. A look-up parks the run.
package alias_db

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded alias_db.
type Module struct {
	url      string
	user     address // the columns of who is meant
	alias    address // and of what he is called
	prefix   string  // taken off the domain that is looked up
	branches bool
	db       db.Database
	lookups  loop.Pool[lookup]
}

// An address is the names of two columns.
type address struct{ user, domain string }

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Checked(&m.url, "db_url", "", "the database; db_default_url if not set", db.CheckURL)
	p.Checked(&m.user.user, "user_column", "username", "column with the user who is meant", db.CheckName)
	p.Checked(&m.user.domain, "domain_column", "domain", "column with his domain", db.CheckName)
	p.Checked(&m.alias.user, "alias_user_column", "alias_username", "column with the user part of the alias", db.CheckName)
	p.Checked(&m.alias.domain, "alias_domain_column", "alias_domain", "column with the domain of the alias", db.CheckName)
	p.String(&m.prefix, "domain_prefix", "", "taken off the front of the domain before it is looked up")
	p.Bool(&m.branches, "append_branches", false, "of several users that an alias stands for, those beyond the first become branches")
	e.Funcs = m.functions()
}

// Start prepares the database, which need not be up.
func (m *Module) Start(e *module.Env) (err error) {
	c := e.Shared.(*proxy.Core)
	m.lookups = loop.NewPool[lookup](c.Group)
	m.db, err = c.Databases.Open(m.url)
	return err
}

// Report writes the counters of the database.
func (m *Module) Report(line func(string)) { line("alias_db " + m.db.Stats()) }
