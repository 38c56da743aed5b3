package pg

import (
	"crypto/tls"
	"errors"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"golang.org/x/sys/unix"
)

const (
	readChunk  = 16 << 10  // a connection's read buffer, until a row is larger
	readBudget = 256 << 10 // bytes read for one readiness, so that a giant result shares the loop
)

var (
	errClosed   = errors.New("closed by us")
	errProtocol = errors.New("the server broke the protocol")
	errStuck    = errors.New("no answer after a cancellation")
	errCancel   = errors.New("a cancellation was not acknowledged")
	errHangup   = errors.New("connection closed by the server")
)

// A conn is one authenticated connection. It belongs to its loop.
type conn struct {
	pool  *pool
	watch *loop.Watch
	fd    int
	born  int64
	key   cancelKey

	tls  *tls.Conn // nil: none. It reads and writes through a socket
	more struct {  // to read on in another pass
		task  loop.Task
		waits bool
	}

	rbuf  []byte // received: rbuf[r:w] is not yet understood
	r, w  int
	skip  int // bytes to be dropped of a message nobody wants
	wbuf  []byte
	wpos  int    // wbuf[wpos:] has not left
	plain []byte // what TLS is to encrypt
	full  bool   // the socket takes no more: write interest is on

	slots   []slot // a ring of those under way
	n       uint32 // how many they are
	answers uint32 // how many have been answered, and so the number of the one in front
	heard   int64  // when the server last sent something, or this began

	statements asyncops.Recent[statement]

	draining   bool // takes no queries until it has answered what nobody waits for
	cancelling bool // a cancel request is under way
	closed     bool
	told       error // what the server said before it hung up
}

// hangUp makes the poll report the end of the connection, which Ready deals with.
func (c *conn) hangUp() { _ = unix.Shutdown(c.fd, unix.SHUT_RDWR) }

// Ready is called by the loop.
func (c *conn) Ready(l *loop.Loop, _ *loop.Watch, ev loop.Events) {
	if ev&loop.Writable != 0 {
		c.flush(l)
	}
	if ev&^loop.Writable != 0 && !c.closed {
		c.read(l)
	}
}

// flush writes what the socket takes.
func (c *conn) flush(l *loop.Loop) {
	for c.wpos < len(c.wbuf) {
		n, err := unix.Write(c.fd, c.wbuf[c.wpos:])
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			c.interest(l, true)
			return
		case err != nil:
			c.hangUp()
			return
		}
		c.wpos += n
	}
	c.wbuf, c.wpos = c.wbuf[:0], 0
	if cap(c.wbuf) > maxPooled {
		c.wbuf, c.plain = nil, nil
	}
	c.interest(l, false)
}

// interest turns write interest on or off.
func (c *conn) interest(l *loop.Loop, full bool) {
	if c.full == full {
		return
	}
	c.full = full
	on := loop.Readable
	if full {
		on |= loop.Writable
	}
	if err := c.watch.Modify(l, on); err != nil {
		c.hangUp()
	}
}

// tooMuch fails a query whose result is beyond its bounds; the rest of the
// answer is dropped.
func (c *conn) tooMuch(l *loop.Loop, q *Query) {
	c.forget(q)
	q.fail("54000", "result exceeds the bound on rows or bytes")
	c.drain(l)
	c.pool.finish(l, q, asyncops.Failed)
}

// answered ends the query in front: ReadyForQuery.
func (c *conn) answered(l *loop.Loop, tx byte) {
	p, now := c.pool, l.Now()
	s := c.pop()
	if p.note(now, c, &s) {
		p.counts.queuedBehindSlow.Add(uint64(c.n))
	}
	p.breaker.Success()
	p.backoff = 0
	if s.stmt != nil && !s.stmt.ready {
		c.statements.Drop(s.stmt.text, s.stmt) // the server did not take it
	}
	if tx != txIdle {
		c.rollBack(l)
	}
	if c.n > 0 {
		c.first().begun = now
	}
	if s.q != nil && c.stale(s.q, &s) {
		c.again(l, s.q)
		s.q = nil
	}
	c.next(l)
	p.pump(l)
	if s.q != nil {
		p.slowQuery(l, s.q)
		p.finish(l, s.q, outcome(s.q))
	}
}

func outcome(q *Query) asyncops.Outcome {
	if q.failed {
		return asyncops.Failed
	}
	return asyncops.Completed
}

// rollBack ends a transaction that a query left open. What was sent behind that
// query is part of the transaction.
func (c *conn) rollBack(l *loop.Loop) {
	p := c.pool
	p.counts.rolledBack.Inc()
	if !p.warned {
		p.warned = true
		p.db.log.Warn("PostgreSQL: a query left a transaction open; such are rolled back", "server", p.db.name)
	}
	c.push(l, slot{own: true})
	c.startDraining(l)
	c.dispatch(l, appendQuery(c.outgoing(), []byte("ROLLBACK")))
}

// next decides what becomes of c after an answer: idle, or more to drain.
func (c *conn) next(l *loop.Loop) {
	switch {
	case c.n > 0:
		if c.draining {
			c.drain(l)
		}
	case c.cancelling: // until that has come to nothing, it could hit the next query
	default:
		c.stopDraining()
		c.pool.ready(l, c)
	}
}

// close gives the connection up and fails what was on it.
func (c *conn) close(l *loop.Loop, err error) {
	if c.closed {
		return
	}
	c.closed = true
	p := c.pool
	if c.told != nil {
		err = c.told
	}
	c.stopDraining()
	c.watch.Close(l)
	p.conns = remove(p.conns, c)
	p.idle = remove(p.idle, c)
	hadWork := c.n > 0
	p.lost(l, c, err, hadWork)
	for c.n > 0 {
		q := c.pop().q
		if q == nil {
			continue
		}
		if !q.failed {
			q.fail("08006", "connection to PostgreSQL lost")
		}
		p.finish(l, q, asyncops.Failed)
	}
}

// terminate says good-bye, if the socket takes it.
func (c *conn) terminate() {
	bye := appendTerminate(nil)
	if c.tls != nil {
		_, _ = c.tls.Write(bye) // into wbuf; it is closed whatever comes of it
	} else {
		c.wbuf = append(c.wbuf, bye...)
	}
	_, _ = unix.Write(c.fd, c.wbuf[c.wpos:])
}

func remove(s []*conn, c *conn) []*conn {
	if i := slices.Index(s, c); i >= 0 {
		return slices.Delete(s, i, i+1)
	}
	return s
}
