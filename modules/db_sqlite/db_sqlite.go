// Package db_sqlite is OpenSIPS's db_sqlite module: it makes sqlite:// URLs
// usable, and can prepare a database at the start.
package db_sqlite

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_sqlite.
type Module struct{ init string }

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	e.Params.Func("init", "SQL statements to run on each database at the start, for example CREATE TABLE IF NOT EXISTS",
		func(s string) error { m.init += s + ";\n"; return nil })
	e.Params.Ignored("alloc_limit", "memory is managed by itself")
	e.Params.Ignored("load_extension", "there are no extensions")
	e.Params.Ignored("busy_timeout", "it is 5 s")
}
