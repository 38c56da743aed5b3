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
	maxDepth   = 4         // queries on one connection: one that runs, others behind it
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

	tls *tls.Conn // nil: none. It reads and writes through a socket

	rbuf  []byte // received: rbuf[r:w] is not yet understood
	r, w  int
	skip  int // bytes to be dropped of a message nobody wants
	wbuf  []byte
	wpos  int    // wbuf[wpos:] has not left
	plain []byte // what TLS is to encrypt
	full  bool   // the socket takes no more: write interest is on

	slots [maxDepth]slot // a ring
	head  uint8
	n     uint8
	heard int64 // when the server last sent something, or this began

	answers    uint32 // how many queries it has answered
	draining   bool   // takes no queries until it has answered what nobody waits for
	cancelling bool   // a cancel request is under way
	closed     bool
	told       error // what the server said before it hung up
}

// slot is one query at the server.
type slot struct {
	q     *Query // nil: nobody wants the answer
	begun int64  // when the server got at it, as far as we know
	own   bool   // our ROLLBACK: not to be cancelled
}

// send writes q behind what is there. An error ends the connection later, in
// Ready, so that nobody is resumed within send.
func (c *conn) send(l *loop.Loop, q *Query) {
	q.where, q.conn, q.slot = sent, c, c.push(l, slot{q: q})
	if c.n > 1 {
		c.pool.counts.pipelined.add(1)
	}
	c.write(l, q.text)
}

// push adds a slot and returns its place.
func (c *conn) push(l *loop.Loop, s slot) uint8 {
	i := (c.head + c.n) % maxDepth
	s.begun = l.Now()
	c.slots[i] = s
	c.n++
	return i
}

// write sends a query's text.
func (c *conn) write(l *loop.Loop, text []byte) {
	if c.tls == nil {
		c.wbuf = appendQuery(c.wbuf, text)
	} else {
		c.plain = appendQuery(c.plain[:0], text)
		if _, err := c.tls.Write(c.plain); err != nil {
			c.hangUp()
			return
		}
	}
	c.flush(l)
}

// hangUp makes the poll report the end of the connection, which Ready deals with.
func (c *conn) hangUp() { _ = unix.Shutdown(c.fd, unix.SHUT_RDWR) }

// takesMore reports whether a query may be sent behind those that are there.
func (c *conn) takesMore(now, slow int64) bool {
	s := &c.slots[c.head]
	return !c.draining && c.n > 0 && c.n < maxDepth && s.q != nil && now-s.begun < slow
}

// lessBusy orders the connections for pipelining: fewer queries first, then the
// one whose query has run for less.
func (c *conn) lessBusy(than *conn) bool {
	if c.n != than.n {
		return c.n < than.n
	}
	return c.slots[c.head].begun > than.slots[than.head].begun
}

// forget drops q, whose answer will come and be ignored.
func (c *conn) forget(q *Query) {
	c.slots[q.slot].q = nil
	q.conn = nil
}

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

// read takes what has arrived, within the budget; the poll is level-triggered.
func (c *conn) read(l *loop.Loop) {
	for budget := readBudget; budget > 0 && !c.closed; {
		c.makeRoom()
		room := c.rbuf[c.w:]
		n, err := c.receive(room)
		if n > 0 {
			budget -= n
			c.w += n
			c.heard, c.pool.heard = l.Now(), l.Now()
			c.parse(l)
		}
		switch {
		case c.closed, err == errWouldBlock:
			budget = 0
		case err != nil:
			c.close(l, err)
		case n < len(room) && c.tls == nil:
			budget = 0 // drained, most likely; if not, the poll says so
		}
	}
	if c.tls != nil && !c.closed {
		c.flush(l) // TLS may have had something to say
	}
}

// receive reads once; errWouldBlock if nothing is there.
func (c *conn) receive(b []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(b)
	}
	return readFD(c.fd, b)
}

// makeRoom moves what is not yet understood to the front.
func (c *conn) makeRoom() {
	if c.r == c.w {
		c.r, c.w = 0, 0
		if cap(c.rbuf) > maxPooled {
			c.rbuf = nil
		}
		if c.rbuf == nil {
			c.rbuf = make([]byte, readChunk)
		}
	} else if c.r > 0 && c.w == len(c.rbuf) {
		c.w = copy(c.rbuf, c.rbuf[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.rbuf) {
		c.rbuf = append(c.rbuf, make([]byte, len(c.rbuf))...) // parse has checked that it may
	}
}

// parse takes the whole messages out of the read buffer.
func (c *conn) parse(l *loop.Loop) {
	for !c.closed {
		have := c.rbuf[c.r:c.w]
		if c.skip > 0 {
			n := min(c.skip, len(have))
			c.skip -= n
			c.r += n
			have = have[n:]
		}
		if len(have) < headerLen {
			return
		}
		kind, size, ok := frameHeader(have)
		if !ok {
			c.close(l, errProtocol)
			return
		}
		if len(have) < headerLen+size {
			if !c.worthwhile(kind, size) {
				c.r += headerLen
				c.skip = size
				if q := c.front(); q != nil && kind == msgDataRow {
					c.tooMuch(l, q)
				}
				continue
			}
			if size > maxFrame && kind != msgDataRow {
				c.close(l, errProtocol)
			}
			return
		}
		c.r += headerLen + size
		c.message(l, kind, have[headerLen:headerLen+size])
	}
}

// worthwhile reports whether to collect a message that has not arrived whole.
func (c *conn) worthwhile(kind byte, size int) bool {
	switch kind {
	case msgNotice, msgParameterStatus, msgNotification:
		return false
	case msgDataRow:
		q := c.front()
		return q != nil && q.hasRoom(size)
	}
	return true
}

// front returns the query that the server answers now, nil if nobody wants it.
func (c *conn) front() *Query {
	if c.n == 0 {
		return nil
	}
	return c.slots[c.head].q
}

// message takes one message of the server.
func (c *conn) message(l *loop.Loop, kind byte, body []byte) {
	ok := true
	switch q := c.front(); kind {
	case msgReady:
		ok = len(body) == 1 && c.n > 0
		if ok {
			c.answered(l, body[0])
		}
	case msgDataRow:
		if q != nil && !q.hasRoom(len(body)) {
			c.tooMuch(l, q)
		} else if q != nil {
			ok = q.addRow(body)
		}
	case msgRowDescription:
		if q != nil {
			ok = q.describe(body)
		}
	case msgCommandComplete:
		if q != nil {
			q.complete(body)
		}
	case msgError:
		c.refused(q, body)
	case msgEmptyQuery, msgNotice, msgParameterStatus, msgNotification:
	case msgCopyIn, msgCopyOut, msgCopyBoth:
		if q != nil {
			q.fail("0A000", "COPY is not supported")
		}
		ok = false
	default:
		ok = false
	}
	if !ok && !c.closed {
		c.close(l, errProtocol)
	}
}

// refused keeps what an ErrorResponse says. After a FATAL one the server hangs
// up; the query is failed then, with these words.
func (c *conn) refused(q *Query, body []byte) {
	if q != nil {
		q.refuse(body)
		return
	}
	if c.n == 0 {
		var r result
		r.refuse(body)
		c.told = errors.New(string(r.message))
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
	s := c.slots[c.head]
	c.slots[c.head] = slot{}
	c.head = (c.head + 1) % maxDepth
	c.n--
	c.answers++
	took := now - s.begun
	p.counts.latency[bucket(took)].add(1)
	if p.window.add(now, took) {
		p.counts.queuedBehindSlow.add(uint64(c.n))
	}
	p.breaker.Success()
	p.backoff = 0
	if tx != txIdle {
		c.rollBack(l)
	}
	if c.n > 0 {
		c.slots[c.head].begun = now
	}
	c.next(l)
	if s.q != nil {
		out := asyncops.Completed
		if s.q.failed {
			out = asyncops.Failed
		}
		p.finish(l, s.q, out)
	}
}

// rollBack ends a transaction that a query left open. What was sent behind that
// query is part of the transaction.
func (c *conn) rollBack(l *loop.Loop) {
	c.pool.db.log.Warn("PostgreSQL: a query left a transaction open; it is rolled back", "server", c.pool.db.name)
	c.push(l, slot{own: true})
	c.startDraining(l)
	c.write(l, []byte("ROLLBACK"))
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
	for ; c.n > 0; c.n-- {
		q := c.slots[c.head].q
		c.slots[c.head] = slot{}
		c.head = (c.head + 1) % maxDepth
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
