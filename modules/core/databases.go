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

// Close ends the databases: the core is the last module to close.
func (m *Module) Close() error {
	if m.databases != nil {
		m.databases.Close()
	}
	return nil
}
