package sqlops

import (
	"context"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/asyncops/sqlite"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/db_sqlite"
	"github.com/fastsips/fastsips/proxy"
)

// A statement is a driver's operation and its result.
type statement interface {
	asyncops.Op
	asyncops.Metered
	SetText([]byte)
	Rows() int
	Cols() int
	Value(row, col int) (b []byte, null bool)
	IsInt(row, col int) bool
	Free(*loop.Loop)
}

// A database is one db_url.
type database interface {
	statement(*loop.Loop) statement
	close()
	stats() string
}

// A driver opens the databases of a URL scheme, if its OpenSIPS module is loaded.
type driver struct {
	module string
	open   func(e *module.Env, url string) (database, error)
}

func driverOf(url string) *driver {
	switch scheme(url) {
	case "postgres", "postgresql":
		return &driver{"db_postgres", openPostgres}
	case "sqlite", "sqlite3":
		return &driver{"db_sqlite", openSQLite}
	}
	return nil
}

type postgres struct{ db *pg.DB }

func openPostgres(e *module.Env, url string) (database, error) {
	c := e.Shared.(*proxy.Core)
	db, err := pg.New(c.Group, c.Ops, pg.Config{URL: url, MaxConns: c.Settings.DBConns}, c.Group.Logger())
	if err != nil {
		return nil, err
	}
	return postgres{db}, nil
}

func (p postgres) statement(l *loop.Loop) statement { return pgStatement{p.db.Query(l)} }
func (p postgres) close()                           { p.db.Close() }

type pgStatement struct{ *pg.Query }

func (s pgStatement) IsInt(_, col int) bool { return s.Type(col).IsInt() }

func (p postgres) stats() string {
	s := p.db.Snapshot()
	return fmt.Sprintf("driver=postgres queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d waited=%d pipelined=%d "+
		"queued_behind_slow=%d open=%d connects=%d reconnects=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.Waited, s.Pipelined,
		s.QueuedBehindSlow, s.Open, s.Connects, s.Reconnects, s.InFlight)
}

type lite struct{ db *sqlite.DB }

// openSQLite takes sqlite:///path/file and sqlite://:memory:, and runs what
// db_sqlite has to prepare.
func openSQLite(e *module.Env, url string) (database, error) {
	c := e.Shared.(*proxy.Core)
	_, path, _ := strings.Cut(url, "://")
	if path == "" {
		return nil, fmt.Errorf("%s names no file", url)
	}
	db, err := sqlite.New(c.Group, c.Ops, sqlite.Config{Path: path}, c.Group.Logger())
	if err != nil {
		return nil, err
	}
	if init := e.Module("db_sqlite").(*db_sqlite.Module).Init(); init != "" {
		if err := db.Exec(context.Background(), init); err != nil {
			db.Close()
			return nil, fmt.Errorf("db_sqlite init: %w", err)
		}
	}
	return lite{db}, nil
}

func (d lite) statement(l *loop.Loop) statement { return d.db.Query(l) }
func (d lite) close()                           { d.db.Close() }

func (d lite) stats() string {
	s := d.db.Snapshot()
	return fmt.Sprintf("driver=sqlite queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.InFlight())
}
