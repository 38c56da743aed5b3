// Package sqlite runs queries on an embedded SQLite database as operations a
// script can wait for. It is the database of those who configure none.
//
// One worker writes and several read, each with its own connection (write-ahead
// log), so a long read delays no write. A query is one statement; its rows are
// copied and brought home to the loop that asked. A deadline interrupts the
// statement within a thousand instructions of the virtual machine.
//
// The package refuses several statements in one query, transactions over more than
// one query, loading extensions, and results beyond its bounds.
package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"github.com/fastsips/fastsips/loop"
)

// Memory is the Path of a database that lives in memory and ends with its DB.
const Memory = ":memory:"

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Path        string        // the file, made if missing, or Memory; required
	Workers     int           // one writer and the rest readers; default 3; Memory has only one
	Queue       int           // queries waiting for the writer, and for a reader; default 1024
	BusyTimeout time.Duration // how long to wait for another process's lock; default 5 s
	Pragmas     []string      // for each connection after our own, such as "PRAGMA cache_size=1000"
	MaxRows     int           // rows of one result; default 65536
	MaxBytes    int           // bytes of one result's values; default 16 MiB, at most 1 GiB
	Slow        time.Duration // queries that take as long are logged with their text; 0: none
	Breaker     asyncops.BreakerConfig
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(max(c.Workers, 0), 3)
	c.Queue = cmp.Or(max(c.Queue, 0), 1024)
	c.BusyTimeout = cmp.Or(max(c.BusyTimeout, 0), 5*time.Second)
	return c
}

// A DB is one database, asked from every loop of a group.
type DB struct {
	*dbwork.DB
	cfg     Config
	writer  lane
	reader  lane // no connections: everything goes to the writer
	closing atomic.Bool
	work    func(*dbwork.Job) // driver.run
}

// A lane is a pool of workers with as many connections.
type lane struct {
	workers *asyncops.Workers
	idle    chan *conn
}

// New opens the database. Call it before g.Start. Ops is where its queries will be
// begun; it keeps their deadlines.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) (*DB, error) {
	if cfg.Path == "" {
		return nil, errors.New("sqlite: no path given")
	}
	db := &DB{cfg: cfg.withDefaults()}
	db.work = driver{db}.run
	readers := db.cfg.Workers - 1
	if db.cfg.Path == Memory {
		readers = 0 // another connection would be another database
	}
	if err := db.open(readers); err != nil {
		db.Close()
		return nil, err
	}
	db.DB = dbwork.New(g, ops, dbwork.Config{Name: cfg.Path, MaxRows: cfg.MaxRows, MaxBytes: cfg.MaxBytes, Slow: cfg.Slow, Breaker: cfg.Breaker}, driver{db}, log)
	return db, nil
}

func (db *DB) open(readers int) error {
	if err := db.writer.open(db, 1, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"); err != nil {
		return err
	}
	if readers <= 0 {
		return nil
	}
	return db.reader.open(db, readers, "PRAGMA query_only=1")
}

func (x *lane) open(db *DB, n int, pragmas string) error {
	x.workers = asyncops.NewWorkers(n, db.cfg.Queue)
	x.idle = make(chan *conn, n)
	for range n {
		c, err := open(db.cfg.Path, &db.closing)
		if err != nil {
			return err
		}
		x.idle <- c
		c.until = time.Now().Add(db.cfg.BusyTimeout)
		for _, text := range append([]string{pragmas}, db.cfg.Pragmas...) {
			if err := c.script([]byte(text)); err != nil {
				return fmt.Errorf("sqlite: open %s: %s: %w", db.cfg.Path, text, err)
			}
		}
	}
	return nil
}

// Close interrupts what runs and closes the database. Queries that wait for a
// worker are forgotten; their deadlines end them.
func (db *DB) Close() {
	db.closing.Store(true)
	for _, x := range []*lane{&db.reader, &db.writer} {
		if x.workers == nil {
			continue
		}
		x.workers.Close()
		for len(x.idle) > 0 {
			(<-x.idle).close()
		}
	}
}

// Exec runs a script of statements on the writer and waits for it, so it is not
// for loops. It is for making and seeding tables.
func (db *DB) Exec(ctx context.Context, script string) error {
	done := make(chan error, 1)
	var stop atomic.Bool
	ok := db.writer.workers.Submit(func() {
		done <- db.writer.use(func(c *conn) error {
			c.stop, c.until = stop.Load, time.Now().Add(db.cfg.BusyTimeout)
			return errors.Join(c.script([]byte(script)), c.noTransaction())
		})
	})
	if !ok {
		return dbwork.ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		stop.Store(true)
		return ctx.Err()
	}
}

// use lends f a connection. There are as many as workers, so one is idle.
func (x *lane) use(f func(*conn) error) error {
	c := <-x.idle
	defer func() {
		c.stop = nil
		x.idle <- c
	}()
	return f(c)
}
