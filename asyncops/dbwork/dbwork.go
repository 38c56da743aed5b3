// Package dbwork is the loops' half of database drivers that block: a [Query] that
// loops begin, and a [Job] that carries it to a worker of the driver and its result
// home. The worker never sees the Query, which may be gone when the answer comes.
//
// Each loop has a breaker for each database. The package has no worker itself, and
// knows no SQL.
package dbwork

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// A Driver carries out Jobs. Submit is called on loops, the rest anywhere.
type Driver interface {
	// Submit hands j to a worker, who calls j.Return in the end. It does not block;
	// false means that j is not taken, for too many wait.
	Submit(j *Job) bool
	// Down reports whether the database, not the statement, is to blame for err,
	// with which j has ended.
	Down(j *Job, err error) bool
	// Explain puts err, of a Job or one of this package, into an SQLSTATE, or what
	// the database has instead, and a text.
	Explain(err error) (state, message string)
}

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Name     string        // of the database, for the log and its Backend
	MaxRows  int           // rows of one result; default 65536
	MaxBytes int           // bytes of one result's values; default 16 MiB, at most 1 GiB
	Slow     time.Duration // queries that take as long are logged with their text; 0: none
	Breaker  asyncops.BreakerConfig
}

// A DB is one database as loops see it.
type DB struct {
	cfg     Config
	driver  Driver
	ops     *asyncops.Set
	log     *slog.Logger
	backend *asyncops.Backend
	states  loop.Local[state]
	queries loop.Pool[Query]
	jobs    loop.Pool[Job]
}

// New makes the loops' half of a database. Call it before g.Start.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, driver Driver, log *slog.Logger) *DB {
	cfg.MaxRows = cmp.Or(max(cfg.MaxRows, 0), 65536)
	cfg.MaxBytes = min(cmp.Or(max(cfg.MaxBytes, 0), 16<<20), 1<<30)
	d := &DB{cfg: cfg, driver: driver, ops: ops, log: log, backend: ops.Backend("sql", cfg.Name)}
	d.queries, d.jobs = loop.NewPool[Query](g), loop.NewPool[Job](g)
	d.states = loop.NewLocal(g, func(i int) state {
		return state{d: d, breaker: asyncops.NewBreaker(cfg.Breaker).ShownBy(d.backend.Meter(i))}
	})
	return d
}

// Query returns an unused query of l. Free it when its results have been read.
func (d *DB) Query(l *loop.Loop) *Query {
	q := d.queries.Get(l)
	q.db, q.phase = d, phaseNew
	q.maxRows, q.maxBytes = d.cfg.MaxRows, d.cfg.MaxBytes
	return q
}

// Backend is where queries are measured.
func (d *DB) Backend() *asyncops.Backend { return d.backend }

var _ db.Query = (*Query)(nil)

// state is one loop's share of a DB.
type state struct {
	d       *DB
	breaker asyncops.Breaker
	down    bool
}

// judge tells the breaker how a job ended.
func (s *state) judge(l *loop.Loop, j *Job) {
	d := s.d
	if j.err == ErrDeadline || j.err == ErrClosed { // nobody has asked the database
		return
	}
	if j.err == nil || !d.driver.Down(j, j.err) {
		s.breaker.Success()
		if s.down {
			s.down = false
			d.log.Info("database answers again", "database", d.cfg.Name, "loop", l.Index())
		}
		return
	}
	s.breaker.Failure(l.Now())
	if !s.down && s.breaker.Open() {
		s.down = true
		d.log.Error("database fails", "database", d.cfg.Name, "error", j.err, "loop", l.Index())
	}
}

// maxLogged is how many bytes of a slow query's text the log gets.
const maxLogged = 1024

// slow tells the log of a query that took long, its waiting included.
func (d *DB) slow(took time.Duration, text []byte) {
	if d.cfg.Slow > 0 && took >= d.cfg.Slow {
		d.log.Warn("slow query", "database", d.cfg.Name, "took", took, "query", string(text[:min(len(text), maxLogged)]))
	}
}
