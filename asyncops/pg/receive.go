package pg

import (
	"errors"
	"io"

	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
)

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
		case c.closed, err == wire.WouldBlock:
			budget = 0
		case err != nil:
			c.close(l, err)
		case n < len(room) && c.tls == nil:
			budget = 0 // drained, most likely; if not, the poll says so
		case budget <= 0 && c.tls != nil && !c.more.waits:
			c.more.waits = true
			l.Mailbox().Post(&c.more.task)
		}
	}
	if c.tls != nil && !c.closed {
		c.flush(l) // TLS may have had something to say
	}
}

// readOn goes on where the budget ended. The poll would not tell of what TLS has
// taken from the socket and not yet given to us.
func (c *conn) readOn(l *loop.Loop) {
	c.more.waits = false
	if !c.closed {
		c.read(l)
	}
}

// receive reads once; wire.WouldBlock if nothing is there.
func (c *conn) receive(b []byte) (n int, err error) {
	if c.tls != nil {
		n, err = c.tls.Read(b)
	} else {
		n, err = wire.Read(c.fd, b)
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errHangup
	}
	return n, err
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
	return c.first().q
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
		ok = c.described(q, body)
	case msgNoData:
		ok = c.described(q, noColumns)
	case msgBindComplete:
		c.bound(q)
	case msgParseComplete, msgCloseComplete, msgParamDescription:
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

// noColumns is the description of a statement without rows.
var noColumns = []byte{0, 0}

// described takes the columns of what runs, and keeps those of a statement that
// the server has just parsed.
func (c *conn) described(q *Query, body []byte) bool {
	if c.n > 0 {
		if st := c.first().stmt; st != nil && !st.ready {
			if !st.cols.describe(body) {
				return false
			}
			st.ready = true
		}
	}
	return q == nil || q.describe(body)
}

// bound begins the rows of a statement whose columns are known.
func (c *conn) bound(q *Query) {
	if q == nil {
		return
	}
	if s := c.first(); s.stmt != nil && !s.parses {
		q.describeAs(&s.stmt.cols)
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
