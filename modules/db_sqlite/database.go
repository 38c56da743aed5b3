package db_sqlite

import (
	"context"
	"fmt"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/sqlite"
	"github.com/fastsips/fastsips/loop"
)

// OpenDatabase takes sqlite:///path/file and sqlite://:memory:, and runs what
// parameters create_tables and init have to prepare.
func (m *Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	d, err := sqlite.New(s.Group, s.Ops, sqlite.Config{Path: u.Rest(), BusyTimeout: m.busy, Pragmas: m.pragmas}, s.Log())
	if err != nil {
		return nil, err
	}
	for _, x := range []struct{ name, script string }{{"create_tables", m.tables}, {"init", m.init}} {
		if x.script == "" {
			continue
		}
		if err := d.Exec(context.Background(), x.script); err != nil {
			d.Close()
			return nil, fmt.Errorf("db_sqlite %s: %w", x.name, err)
		}
	}
	return database{d}, nil
}

// database fits SQLite to package db.
type database struct{ db *sqlite.DB }

func (d database) Query(l *loop.Loop) db.Query { return d.db.Query(l) }
func (d database) Dialect() *db.Dialect        { return db.SQLite }
func (d database) Close()                      { d.db.Close() }

func (d database) Stats() string {
	s := d.db.Snapshot()
	return fmt.Sprintf("driver=sqlite queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.InFlight())
}
