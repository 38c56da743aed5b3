// Package pg asks PostgreSQL from the event loops.
//
// Each loop has its own few connections. A worker connects and authenticates
// (pgconn: TLS, SCRAM, several hosts, .pgpass); then the loop takes the socket
// over and speaks the protocol itself, so that a query costs no goroutine and no
// allocation.
//
// A query is text, with or without parameters ($1, Query.Bind). Without, it goes by
// the simple query protocol: one message, one implicit transaction; several
// statements in one text give the result of the last one, as in libpq. With
// parameters, or when a statement keeps coming back, the server parses it once for
// each connection, under a name, and is sent the values only. Behind a pooler of
// transactions, such as PgBouncer, "pgbouncer=true" in the URL does without names.
//
// An idle connection takes a query. If there is none, more are opened, up to the
// loop's share of Config.MaxConns. If all are open and busy, a query is sent
// behind others only while the backend has hardly had a slow query of late, else it
// waits in a bounded queue: what is behind a slow query waits for it. Slow is what the
// server takes; the line to it only decides how many may be on it (line.go).
//
// The package refuses: COPY; results beyond its bounds; transactions that span
// several queries (they are rolled back). It never blocks a loop, and never
// repeats a query that may have been carried out.
package pg

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
	"github.com/jackc/pgx/v5/pgconn"
)

// Config is fixed once New is called.
type Config struct {
	URL            string        // postgres://user[:password]@host[:port]/database[?…] or postgresql://…, as libpq takes it
	MaxConns       int           // connections over all loops, at least one each; default 10 (db_max_async_connections)
	ConnectTimeout time.Duration // of one attempt, authentication included; default 2 s
	QueueLen       int           // queries per loop that may wait for a connection; default 16384
	MaxRows        int           // rows of one result; default 65536
	MaxBytes       int           // bytes of one result's values; default 16 MiB, at most 1 GiB
	Statements     int           // prepared statements that each connection keeps; default 128, negative: none
	SlowQuery      time.Duration // queries that take as long are logged with their text; 0: none
	TLS            *tls.Config   // for connections with TLS only, whatever the URL says; nil: as the URL says
}

// withDefaults returns c with its zeros filled in.
func (c Config) withDefaults() Config {
	c.MaxConns = cmp.Or(max(c.MaxConns, 0), 10)
	c.ConnectTimeout = cmp.Or(max(c.ConnectTimeout, 0), 2*time.Second)
	c.QueueLen = cmp.Or(max(c.QueueLen, 0), 16384)
	c.MaxRows = cmp.Or(max(c.MaxRows, 0), 65536)
	c.Statements = cmp.Or(c.Statements, 128)
	c.MaxBytes = min(cmp.Or(max(c.MaxBytes, 0), 16<<20), 1<<30)
	return c
}

// A DB is one PostgreSQL as seen by all loops. There should be one for each URL,
// shared by all its users.
type DB struct {
	cfg     Config
	conf    *pgconn.Config
	name    string // host:port/database, for the log and the backend
	backend *asyncops.Backend
	group   *loop.Group
	ops     *asyncops.Set
	log     *slog.Logger
	kind    timer.Kind
	pools   loop.Local[pool]
	queries loop.Pool[Query]
	counts  []*counters // by loop
	dialers *asyncops.Workers
	cancels *asyncops.Workers
	ctx     context.Context // ends when the DB is closed
	stop    context.CancelFunc
	close   sync.Once
	open    atomic.Int32 // connections over all loops
	down    atomic.Bool  // said so in the log
}

// New returns a DB that begins to connect when g starts; a server that is down
// is not an error. An error means that the URL is none. Ops is where Query.Begin
// begins queries. Call New before g.Start.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) (*DB, error) {
	cfg = cfg.withDefaults()
	conf, err := parseURL(&cfg)
	if err != nil {
		return nil, err
	}
	d := &DB{cfg: cfg, conf: conf, group: g, ops: ops, log: log}
	d.name = net.JoinHostPort(conf.Host, strconv.Itoa(int(conf.Port))) + "/" + conf.Database
	d.backend = ops.Backend("sql", d.name)
	d.ctx, d.stop = context.WithCancel(context.Background())
	d.kind = g.NewKind(func(l *loop.Loop, ref uint64) { d.pools.On(l).tick(l, ref) })
	d.queries = loop.NewPool[Query](g)
	d.counts = metrics.PerLoop[counters](g.Len())
	d.pools = loop.NewLocal(g, func(i int) pool { return newPool(d, i) })
	d.dialers = asyncops.NewWorkers(maxOpening*g.Len(), maxOpening*g.Len())
	d.cancels = asyncops.NewWorkers(cancelWorkers, cfg.MaxConns+g.Len())
	for i := range g.Len() {
		g.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) { d.pools.On(l).grow(l) }})
	}
	return d, nil
}

// share returns how many of n connections loop i of loops may have.
func share(n, loops, i int) int {
	s := n / loops
	if i < n%loops {
		s++
	}
	return max(s, 1)
}

// Query returns an empty query from the loop's pool.
func (d *DB) Query(l *loop.Loop) *Query {
	q := d.queries.Get(l)
	q.db, q.where = d, inHand
	q.SetBounds(d.cfg.MaxRows, d.cfg.MaxBytes)
	return q
}

// Close ends the connections and fails what still waits for them. Call it before
// the loops are stopped, and not on one of them.
func (d *DB) Close() {
	d.close.Do(func() {
		d.stop()
		d.dialers.Close()
		d.cancels.Close()
		for i := range d.group.Len() {
			d.group.Do(i, func(l *loop.Loop) { d.pools.On(l).shut(l) })
		}
	})
}

// opened and lost keep the number of connections over all loops, and say in the
// log when the first comes and the last goes.
func (d *DB) opened() {
	d.open.Add(1)
	if d.down.CompareAndSwap(true, false) {
		d.log.Info("PostgreSQL is back", "server", d.name)
	}
}

func (d *DB) lost(err error) {
	d.open.Add(-1)
	d.failed(err)
}

func (d *DB) failed(err error) {
	if d.ctx.Err() == nil && d.open.Load() == 0 && d.down.CompareAndSwap(false, true) {
		d.log.Error("PostgreSQL is unavailable", "server", d.name, "error", err)
	}
}
