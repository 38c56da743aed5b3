// Package db_postgres is OpenSIPS's db_postgres module: it makes postgres:// URLs
// usable.
package db_postgres

import (
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_postgres.
type Module struct {
	slow       int // microseconds
	timeout    time.Duration
	useTLS     bool
	statements int
}

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.IntRange(&m.slow, "exec_query_threshold", 0, 0, 1<<31-1, "microseconds from which on a query is logged with its text; 0: none is")
	p.Seconds(&m.timeout, "timeout", 5*time.Second, "how long an attempt to connect may take, authentication included")
	p.Bool(&m.useTLS, "use_tls", false, "let a db_url name the TLS settings of its connections: ?tls_domain=name, a client_domain of tls_mgm")
	p.IntRange(&m.statements, "prepared_statements", 128, 0, 4096, "statements that each connection has the server keep parsed; 0: none, as behind a PgBouncer that knows none")
	p.Ignored("max_db_queries", "a query that may have been carried out is never repeated; one that cannot have been waits for a connection")
}

// OpenDatabase prepares the database of a postgres:// URL.
func (m *Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	tls, err := s.TLS(u, m.useTLS)
	if err != nil {
		return nil, err
	}
	cfg := pg.Config{URL: u.Raw, MaxConns: s.MaxConns, ConnectTimeout: m.timeout, Statements: m.statements, TLS: tls,
		SlowQuery: time.Duration(m.slow) * time.Microsecond}
	if m.statements == 0 {
		cfg.Statements = -1
	}
	d, err := pg.New(s.Group, s.Ops, cfg, s.Log())
	if err != nil {
		return nil, err
	}
	return database{d}, nil
}
