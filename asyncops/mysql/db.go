// Package mysql asks MySQL and MariaDB from the event loops.
//
// go-sql-driver blocks, so each database has a few workers of its own, each with one
// connection, made when it is first needed. A query is one statement, as text, or
// with placeholders (?) whose values are bound: then it is prepared once for each
// connection. A query that nobody waits for any more ends its connection; the worker
// makes another and has the server stop what the old one was at.
//
// The package refuses several statements in one query, LOAD DATA LOCAL, results
// beyond its bounds, and state that outlives a query: after BEGIN, SET, LOCK and
// the like the connection is replaced. It never repeats a query that may have been
// carried out.
package mysql

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"github.com/fastsips/fastsips/loop"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	URL            *db.URL       // mysql://user:password@host[:port]/database; required
	MaxConns       int           // connections, and workers; default 10 (db_max_async_connections)
	ConnectTimeout time.Duration // of one attempt; default 2 s
	Queue          int           // queries that may wait for a worker; default 1024
	MaxRows        int           // rows of one result; default 65536
	MaxBytes       int           // bytes of one result's values; default 16 MiB, at most 1 GiB
	Statements     int           // prepared statements that each connection keeps; default 128
	SlowQuery      time.Duration // queries that take as long are logged with their text; 0: none
	TLS            *tls.Config   // for connections with TLS only; nil: none, or as the URL says
	Breaker        asyncops.BreakerConfig
}

func (c Config) withDefaults() Config {
	c.MaxConns = cmp.Or(max(c.MaxConns, 0), 10)
	c.ConnectTimeout = cmp.Or(max(c.ConnectTimeout, 0), 2*time.Second)
	c.Queue = cmp.Or(max(c.Queue, 0), 1024)
	c.Statements = cmp.Or(max(c.Statements, 0), 128)
	return c
}

// A DB is one MySQL or MariaDB as seen by all loops.
type DB struct {
	*dbwork.DB
	cfg     Config
	dsn     *driver.Config
	conn    connector
	workers *asyncops.Workers
	idle    chan *conn // as many as workers; the one that was used last is in no special place
	work    func(*dbwork.Job)
	ctx     context.Context // ends when the DB is closed
	stop    context.CancelFunc
	close   sync.Once
	heard   atomic.Int64 // when the server last answered anything, in ns of the wall clock
	counts  counters
}

// counters are written by workers.
type counters struct {
	connects, connectFailures, lost, prepared, killed atomic.Uint64
	open                                              atomic.Int64
}

// New returns a DB that connects when it is asked. An error means that the URL is
// none. Call it before g.Start.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) (*DB, error) {
	d := &DB{cfg: cfg.withDefaults()}
	dsn, err := dsnOf(&d.cfg)
	if err != nil {
		return nil, err
	}
	d.dsn = dsn
	if d.conn, err = driver.NewConnector(dsn); err != nil {
		return nil, err
	}
	d.ctx, d.stop = context.WithCancel(context.Background())
	d.work = worker{d}.run
	d.workers = asyncops.NewWorkers(d.cfg.MaxConns, d.cfg.Queue)
	d.idle = make(chan *conn, d.cfg.MaxConns)
	for range d.cfg.MaxConns {
		d.idle <- &conn{db: d}
	}
	d.DB = dbwork.New(g, ops, dbwork.Config{Name: dsn.Addr + "/" + dsn.DBName, MaxRows: cfg.MaxRows, MaxBytes: cfg.MaxBytes,
		Slow: cfg.SlowQuery, Breaker: cfg.Breaker}, worker{d}, log)
	return d, nil
}

// Close ends what runs and the connections. Queries that wait for a worker are
// forgotten; their deadlines end them.
func (d *DB) Close() {
	d.close.Do(func() {
		d.stop()
		d.workers.Close()
		for len(d.idle) > 0 {
			(<-d.idle).hangUp()
		}
	})
}

// Stats are the counts of a DB since it was made.
type Stats struct {
	Queries uint64
	asyncops.Ends
	Prepared        uint64 // executed as prepared statements, parsed before
	Connects        uint64
	ConnectFailures uint64
	Lost            uint64 // connections that broke, or were given up with their query
	Killed          uint64 // of those: the server was asked to stop the query
	Open            int64  // connections now
}

// InFlight is the number of queries that have not ended.
func (s Stats) InFlight() uint64 { return s.Queries - s.Ends.Sum() }

// Snapshot sums the counts; any goroutine may call it.
func (d *DB) Snapshot() Stats {
	s := Stats{Prepared: d.counts.prepared.Load(), Connects: d.counts.connects.Load(), ConnectFailures: d.counts.connectFailures.Load(),
		Lost: d.counts.lost.Load(), Killed: d.counts.killed.Load(), Open: d.counts.open.Load()}
	s.Queries, s.Ends = d.Backend().Ends()
	return s
}
