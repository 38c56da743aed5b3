package db_sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/sqlite"
	"github.com/fastsips/fastsips/loop"
)

// OpenDatabase takes sqlite:///path/file and sqlite://:memory:, and runs what
// parameter init has to prepare.
func (m *Module) OpenDatabase(s *db.Set, u *db.URL) (db.Database, error) {
	d, err := sqlite.New(s.Group, s.Ops, sqlite.Config{Path: u.Rest()}, s.Log())
	if err != nil {
		return nil, err
	}
	if m.init != "" {
		if err := d.Exec(context.Background(), m.init); err != nil {
			d.Close()
			return nil, fmt.Errorf("db_sqlite init: %w", err)
		}
	}
	return database{d}, nil
}

// database and query fit SQLite to package db.
type database struct{ db *sqlite.DB }

func (d database) Query(l *loop.Loop) db.Query { return query{d.db.Query(l)} }
func (d database) Dialect() *db.Dialect        { return db.SQLite }
func (d database) Close()                      { d.db.Close() }

func (d database) Stats() string {
	s := d.db.Snapshot()
	return fmt.Sprintf("driver=sqlite queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.InFlight())
}

type query struct{ *sqlite.Query }

func (q query) Bind(db.Arg)        {}
func (q query) SetBounds(int, int) {}
func (q query) Name(int) []byte    { return nil }

func (q query) Type(row, col int) db.Type {
	if q.IsInt(row, col) {
		return db.TypeInt
	}
	return db.TypeText
}

func (q query) Err() (state, message []byte) {
	var e *sqlite.Error
	switch err := q.Query.Err(); {
	case err == nil:
		return nil, nil
	case errors.As(err, &e):
		return fmt.Appendf(nil, "%d", e.Code), []byte(e.Message)
	default:
		return []byte("HY000"), []byte(err.Error())
	}
}
