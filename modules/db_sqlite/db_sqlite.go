// Package db_sqlite is OpenSIPS's db_sqlite module: it makes sqlite:// URLs
// usable, and can prepare a database at the start.
package db_sqlite

import (
	"errors"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/schema"
)

// A Module is one loaded db_sqlite.
type Module struct {
	init    string
	tables  string // SQL that makes them
	busy    time.Duration
	pragmas []string
}

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	e.Params.Func("init", "SQL statements to run on each database at the start, for example CREATE TABLE IF NOT EXISTS",
		func(s string) error { m.init += s + ";\n"; return nil })
	e.Params.Func("create_tables", "tables of OpenSIPS's that are made, in each database, if they are not there: names with commas between, such as subscriber,location,acc", m.addTables)
	e.Params.Millis(&m.busy, "busy_timeout", 500*time.Millisecond, "how long a query waits while another process has locked the database")
	e.Params.Func("exec_pragma", "a PRAGMA for each connection, for example cache_size=2000; may be given several times", m.addPragma)
	e.Params.Func("load_extension", "refused: an extension is C code for another SQLite than the one that is built in", func(string) error {
		return errors.New("extensions cannot be loaded: they are C code, and the SQLite that is built in has none")
	})
	e.Params.Ignored("alloc_limit", "memory is managed by itself")
}

// addTables takes "subscriber,location", to be made before what init does.
func (m *Module) addTables(s string) error {
	text, err := schema.Script(schema.SQLite, strings.Split(s, ",")...)
	m.tables += text
	return err
}

// addPragma takes "cache_size=2000", with or without the word PRAGMA.
func (m *Module) addPragma(s string) error {
	s = strings.TrimSpace(s)
	if len(s) < 6 || !strings.EqualFold(s[:6], "pragma") {
		s = "PRAGMA " + s
	}
	if strings.Contains(s, ";") {
		return errors.New("one PRAGMA, without a semicolon")
	}
	m.pragmas = append(m.pragmas, s)
	return nil
}
