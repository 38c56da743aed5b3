package pg

import (
	"hash/maphash"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

const (
	maxOpening = 4 // connection attempts of one loop at a time
	minSpare   = 8 // idle connections that a loop tries to have, if its share allows
	firstRetry = 50 * time.Millisecond
	lastRetry  = 400 * time.Millisecond // so that a server that is back is used within a second
	rareRetry  = 5 * time.Second        // after an answer that only a person can change
	shortLife  = second                 // a connection that breaks sooner counts as a failed attempt
	checkEvery = 250 * time.Millisecond
	maxLogged  = 1024       // bytes of a slow query's text
	stuckAfter = 2 * second // without a byte after a cancellation: the connection is given up
)

// What a pool's timer is for.
const (
	retryTimer uint64 = iota
	checkTimer
)

// A pool is one loop's connections and the queries that wait for one.
type pool struct {
	db       *DB
	share    int
	conns    []*conn
	idle     []*conn // of those, ready for a query; the last was used last
	opening  int
	draining int // of conns
	waiting  asyncops.Queue[Query]

	memory    memory // of texts
	namesLost int
	nameless  bool // statements are not given names

	window   window
	answered uint64 // queries, by all connections
	breaker  asyncops.Breaker
	heard    int64 // when any connection last had a byte for us
	backoff  time.Duration
	retryAt  int64
	retry    timer.Handle
	check    timer.Handle
	hurt     bool // a connection was lost or failed since the last was made
	warned   bool // said in the log that a transaction was left open
	closed   bool
	counts   *counters
}

func newPool(d *DB, i int) pool {
	m := d.backend.Meter(i)
	return pool{
		db:     d,
		share:  share(d.cfg.MaxConns, d.group.Len(), i),
		counts: d.counts[i],
		memory: memory{seed: maphash.MakeSeed()},
		// Connecting goes on all the time, so the probes here are for a server
		// that has connections and does not answer: they may be frequent.
		breaker: asyncops.NewBreaker(asyncops.BreakerConfig{Probe: 250 * time.Millisecond, MaxProbe: 500 * time.Millisecond}).ShownBy(m),
		waiting: asyncops.NewQueue[Query](&m.Queued),
	}
}

// start sends q, queues it or refuses it.
func (p *pool) start(l *loop.Loop, q *Query) {
	if p.closed || p.isDown(l.Now()) {
		q.fail("08001", "PostgreSQL is unavailable")
		p.finish(l, q, asyncops.Unavailable)
		return
	}
	var c *conn
	if p.waiting.Len() == 0 { // it must not overtake
		c = p.pick(l.Now())
	}
	if c != nil {
		c.send(l, q)
	} else if p.waiting.Len() < p.db.cfg.QueueLen {
		p.counts.waited.Inc()
		p.queue(q)
	} else {
		q.fail("53400", "too many queries wait for a connection")
		p.finish(l, q, asyncops.Overloaded)
	}
	p.grow(l)
}

// isDown reports whether to refuse a query at once. Without a connection, the
// attempts to make one are the breaker's probes; else this query may be.
func (p *pool) isDown(now int64) bool {
	if len(p.conns) == 0 {
		return p.breaker.Open()
	}
	return !p.breaker.Allow(now)
}

// pick returns the connection that takes the next query, nil if it has to wait.
func (p *pool) pick(now int64) *conn {
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c
	}
	return p.behind(now)
}

// ready takes c back when it has nothing more to do.
func (p *pool) ready(l *loop.Loop, c *conn) {
	if p.waiting.Len() > 0 {
		c.send(l, p.unqueueFirst())
		return
	}
	p.idle = append(p.idle, c)
}

// finish ends q. Whoever waits for it runs before finish returns.
func (p *pool) finish(l *loop.Loop, q *Query, out asyncops.Outcome) {
	q.where, q.conn = inHand, nil
	q.done.Done(l, out)
}

// queue and unqueue keep the list of waiting queries.
func (p *pool) queue(q *Query) {
	q.where = waiting
	p.waiting.Push(&q.place, q)
}

func (p *pool) unqueue(q *Query) {
	p.waiting.Remove(&q.place)
	q.where = inHand
}

// unqueueFirst takes out the one that has waited longest; there must be one.
func (p *pool) unqueueFirst() *Query {
	q := p.waiting.First()
	p.unqueue(q)
	return q
}

// refuseWaiting fails the queries that wait, when there is nothing to wait for.
func (p *pool) refuseWaiting(l *loop.Loop) {
	for p.waiting.Len() > 0 {
		q := p.unqueueFirst()
		q.fail("08001", "PostgreSQL is unavailable")
		p.finish(l, q, asyncops.Unavailable)
	}
}

// grow opens connections while more are wanted: one for each that is busy or
// waited for, and some to spare, so that a query seldom waits for one to open.
func (p *pool) grow(l *loop.Loop) {
	for !p.closed && p.wanted() && l.Now() >= p.retryAt {
		if !p.connect(l) {
			return
		}
	}
}

func (p *pool) wanted() bool {
	have := len(p.conns) + p.opening
	if p.hurt && len(p.conns) == 0 {
		return p.opening == 0 // one attempt finds out whether the server is back
	}
	busy := len(p.conns) - len(p.idle)
	want := busy + p.waiting.Len() + minSpare + busy/2
	return p.opening < maxOpening && have < min(want, p.share)
}

// retryLater arms the timer of the next connection attempt.
func (p *pool) retryLater(l *loop.Loop, cap time.Duration) {
	p.backoff = min(max(2*p.backoff, firstRetry), cap)
	p.retryAt = l.Now() + int64(p.backoff)
	l.StopTimer(p.retry)
	p.retry = l.After(p.backoff, p.db.kind, retryTimer)
}

// checkLater arms the timer that looks after cancelled connections.
func (p *pool) checkLater(l *loop.Loop) {
	if p.check == 0 {
		p.check = l.After(checkEvery, p.db.kind, checkTimer)
	}
}

func (p *pool) tick(l *loop.Loop, ref uint64) {
	if ref == retryTimer {
		p.retry = 0
		p.grow(l)
		return
	}
	p.check = 0
	for i := len(p.conns) - 1; i >= 0; i-- { // backwards: giving up removes
		if i < len(p.conns) {
			p.conns[i].giveUpIfStuck(l)
		}
	}
	if p.draining > 0 {
		p.checkLater(l)
	}
}

// silent notes a query that got no answer in time. It tells against the server
// only if nobody heard of the server since the query began.
func (p *pool) silent(l *loop.Loop, since int64) {
	if p.heard < since {
		p.breaker.Failure(l.Now())
	}
}

// named reports whether statements are given names.
func (p *pool) named() bool { return !p.nameless && p.db.cfg.Statements > 0 }

// A pooler without support for them loses names all the time.
const tooManyLost = 3

// nameLost is told that a server does not know a name that it was given.
func (p *pool) nameLost() {
	if p.namesLost++; p.namesLost == tooManyLost {
		p.nameless = true
		p.db.log.Warn("PostgreSQL: prepared statements get lost, as behind a PgBouncer; going on without them (pgbouncer=true in the URL)", "server", p.db.name)
	}
}

// slowQuery tells the log of a query that took long, its waiting included.
func (p *pool) slowQuery(l *loop.Loop, q *Query) {
	most := p.db.cfg.SlowQuery
	if took := time.Duration(l.Now() - q.begun); most > 0 && took >= most {
		p.counts.slow.Inc()
		p.db.log.Warn("slow query", "server", p.db.name, "took", took, "query", string(q.text[:min(len(q.text), maxLogged)]))
	}
}

// lost is told of a broken connection after its removal.
func (p *pool) lost(l *loop.Loop, c *conn, err error, hadWork bool) {
	p.counts.open.Add(-1)
	p.counts.lost.Inc()
	p.hurt = true
	p.db.lost(err)
	if hadWork {
		p.breaker.Failure(l.Now())
	}
	if l.Now()-c.born < shortLife {
		p.retryLater(l, lastRetry)
	}
	p.grow(l)
}

// shut ends everything; the DB is closed.
func (p *pool) shut(l *loop.Loop) {
	p.closed = true
	l.StopTimer(p.retry)
	l.StopTimer(p.check)
	p.refuseWaiting(l)
	for len(p.conns) > 0 {
		c := p.conns[len(p.conns)-1]
		c.terminate()
		c.close(l, errClosed)
	}
}
