package pg

import (
	"bytes"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Bounds of what a pooled Query remembers.
const (
	maxText       = 1 << 20 // bytes of one query's text
	maxPooled     = 64 << 10
	maxPooledRows = 4096
)

// A Query is one text on its way to the server, and its result. It belongs to
// the loop it came from and may be begun again once it has ended.
type Query struct {
	result
	db       *DB
	text     []byte
	params   params
	retried  bool // sent twice, the second time without a name
	done     asyncops.Completion
	deadline int64
	begun    int64
	where    where
	conn     *conn                 // when sent
	slot     uint32                // its number on conn
	place    asyncops.Place[Query] // in pool.waiting
}

var _ asyncops.Metered = (*Query)(nil)

// Backend is the server's.
func (q *Query) Backend() *asyncops.Backend { return q.db.backend }

type where uint8

const (
	pooled where = iota
	inHand       // of whoever called DB.Query
	waiting
	sent
)

// SetText copies text, which has $1, $2 … where Bind gives the values. It is sent
// as it is: what came from the network and is not bound must have been escaped.
func (q *Query) SetText(text []byte) {
	q.text = append(q.text[:0], text...)
	q.params.clear()
}

// Text returns the query's text, valid until SetText or Free.
func (q *Query) Text() []byte { return q.text }

// SetBounds replaces Config.MaxRows and Config.MaxBytes for this query.
func (q *Query) SetBounds(rows, bytes int) { q.maxRows, q.maxBytes = rows, min(bytes, 1<<30) }

// Begin begins q in the Table of the loop in hand, for users that have no script
// run to await it; see asyncops.Table.Begin.
func (q *Query) Begin(l *loop.Loop, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return q.db.ops.On(l).Begin(l, q, timeout, w)
}

// Start sends the query, or lets it wait for a connection.
func (q *Query) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if q.where != inHand {
		panic("BUG: query begun while it is pending, or after Free")
	}
	q.reset()
	q.done, q.deadline, q.begun, q.retried = c, deadline, l.Now(), false
	p := q.db.pools.On(l)
	switch {
	case len(q.text) > maxText:
		q.fail("54000", "query text too long")
		p.finish(l, q, asyncops.Failed)
	case bytes.IndexByte(q.text, 0) >= 0:
		q.fail("22021", "query text contains a NUL byte")
		p.finish(l, q, asyncops.Failed)
	case q.params.n > maxParams:
		q.fail("54000", "too much is bound to the query")
		p.finish(l, q, asyncops.Failed)
	default:
		p.start(l, q)
	}
}

// Cancel forgets the query: it leaves the queue, or its answer will be dropped.
// If nothing else runs on its connection, the server is asked to stop it.
func (q *Query) Cancel(l *loop.Loop) {
	p := q.db.pools.On(l)
	late := asyncops.WhyCancelled(l, q.deadline) == asyncops.TimedOut
	if late {
		p.slowQuery(l, q)
	}
	switch q.where {
	case waiting:
		p.unqueue(q)
		if late {
			p.silent(l, q.begun)
		}
	case sent:
		c := q.conn
		c.forget(q)
		if late {
			p.silent(l, q.begun)
		}
		c.drain(l)
	}
	q.where = inHand
}

// Free ends q's life; every []byte taken from it is dead. It must not be pending.
func (q *Query) Free(l *loop.Loop) {
	if q.where != inHand {
		panic("BUG: query freed twice or while it is pending")
	}
	q.reset()
	q.trim()
	if cap(q.text) > maxPooled {
		q.text = nil
	}
	q.text = q.text[:0]
	q.params.clear()
	q.where, q.done = pooled, asyncops.Completion{}
	q.db.queries.Put(l, q)
}
