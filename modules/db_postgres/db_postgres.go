// Package db_postgres is OpenSIPS's db_postgres module: it makes postgres:// URLs
// usable.
package db_postgres

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_postgres.
type Module struct{}

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters.
func (*Module) Setup(e *module.Env) {
	for _, p := range []string{"exec_query_threshold", "timeout", "max_db_queries"} {
		e.Params.Ignored(p, "the PostgreSQL driver is built in")
	}
}

// OpenDatabase prepares the database of a postgres:// URL.
func (*Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	d, err := pg.New(s.Group, s.Ops, pg.Config{URL: u.Raw, MaxConns: s.MaxConns}, s.Log())
	if err != nil {
		return nil, err
	}
	return database{d}, nil
}
