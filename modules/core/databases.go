package core

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// startDatabases makes the set of databases that modules open. Their drivers are
// modules too.
func (m *Module) startDatabases(e *module.Env, c *proxy.Core) {
	m.databases = db.NewSet(c.Group, c.Ops, func(name string) any { return e.Module(name) })
	m.databases.MaxConns, m.databases.Default = m.maxAsyncConns, m.defaultDB
	c.Databases = m.databases
}

// closeDatabases ends what they have open.
func (m *Module) closeDatabases() {
	if m.databases != nil {
		m.databases.Close()
	}
}

// DefaultDatabase is db_default_url: for modules that have to know while parameters are
// checked.
func (m *Module) DefaultDatabase() string { return m.defaultDB }
