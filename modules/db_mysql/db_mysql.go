// Package db_mysql is OpenSIPS's db_mysql module: it makes mysql:// URLs usable.
package db_mysql

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/mysql"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_mysql.
type Module struct {
	timeout time.Duration
	slow    int // microseconds
	useTLS  bool
}

var _ db.Driver = (*Module)(nil)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.SecondsFrom(&m.timeout, "timeout_interval", 2*time.Second, time.Second, "how long an attempt to connect may take, authentication included")
	p.IntRange(&m.slow, "exec_query_threshold", 0, 0, 1<<31-1, "microseconds from which on a query is logged with its text; 0: none is")
	p.Bool(&m.useTLS, "use_tls", false, "let a db_url name the TLS settings of its connections: ?tls_domain=name, a client_domain of tls_mgm")
	p.Ignored("max_db_retries", "a database that is down is asked again all the time, a little more rarely each time")
	p.Ignored("max_db_queries", "a query that may have been carried out is never repeated; one that cannot have been may go to another database, see db_virtual")
	p.Ignored("ps_max_col_size", "columns are as large as they are; a result has a bound")
}

// OpenDatabase prepares the database of a mysql:// URL.
func (m *Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	tls, err := s.TLS(u, m.useTLS)
	if err != nil {
		return nil, err
	}
	d, err := mysql.New(s.Group, s.Ops, mysql.Config{URL: u, MaxConns: s.MaxConns, ConnectTimeout: m.timeout, TLS: tls,
		SlowQuery: time.Duration(m.slow) * time.Microsecond}, s.Log())
	if err != nil {
		return nil, err
	}
	return database{d}, nil
}

// database fits MySQL to package db.
type database struct{ db *mysql.DB }

func (d database) Query(l *loop.Loop) db.Query { return d.db.Query(l) }
func (d database) Dialect() *db.Dialect        { return db.MySQL }
func (d database) Close()                      { d.db.Close() }

func (d database) Stats() string {
	s := d.db.Snapshot()
	return fmt.Sprintf("driver=mysql queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d prepared=%d open=%d connects=%d lost=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.Prepared, s.Open, s.Connects, s.Lost, s.InFlight())
}
