package pg

import (
	"bytes"

	"github.com/fastsips/fastsips/loop"
)

// send writes q behind what is there. An error ends the connection later, in
// Ready, so that nobody is resumed within send.
func (c *conn) send(l *loop.Loop, q *Query) {
	s := slot{q: q}
	b := c.outgoing()
	if c.extended(q) {
		b = c.appendStatement(b, q, &s)
	} else {
		b = appendQuery(b, q.text)
	}
	q.where, q.conn, q.slot = sent, c, c.push(l, s)
	if c.n > 1 {
		c.pool.counts.pipelined.Inc()
	}
	c.dispatch(l, b)
}

// extended reports whether q goes by the extended protocol: it has parameters, or
// its text has proved worth a name.
func (c *conn) extended(q *Query) bool {
	if q.params.n > 0 {
		return true
	}
	return c.pool.named() && !q.retried && plain(q.text) &&
		(c.statements.Has(q.text) || c.pool.memory.often(q.text, oftenPlain))
}

// appendStatement appends q as Parse, unless its server has done that, and
// execution. The server parses under a name what comes often.
func (c *conn) appendStatement(b []byte, q *Query, s *slot) []byte {
	name := ""
	if c.pool.named() && !q.retried {
		name, b = c.nameFor(b, q, s)
	}
	if s.stmt != nil && !s.parses {
		c.pool.counts.prepared.Inc()
		return appendExecute(b, name, &q.params)
	}
	s.parses = true
	b = appendParse(b, name, q.text)
	b = appendDescribe(b, name)
	return appendExecute(b, name, &q.params)
}

// nameFor finds or makes the statement of q. Without one the name is "": the text
// is new, or the server has not yet confirmed that it knows the name.
func (c *conn) nameFor(b []byte, q *Query, s *slot) (name string, _ []byte) {
	if st := c.statements.Get(q.text); st != nil {
		if !st.ready {
			return "", b
		}
		s.stmt = st
		return st.name, b
	}
	if q.params.n > 0 && !c.pool.memory.often(q.text, oftenBound) {
		return "", b
	}
	st := &statement{text: string(q.text), name: statementName(q.text)}
	if out := c.statements.Put(q.text, st, c.pool.db.cfg.Statements); out != nil {
		b = appendCloseStatement(b, out.name)
	}
	s.stmt, s.parses = st, true
	// The name may be left over from an attempt that failed half-way.
	return st.name, appendCloseStatement(b, st.name)
}

// outgoing returns where to append what is to be sent; dispatch sends it.
func (c *conn) outgoing() []byte {
	if c.tls == nil {
		return c.wbuf
	}
	return c.plain[:0]
}

func (c *conn) dispatch(l *loop.Loop, b []byte) {
	if c.tls == nil {
		c.wbuf = b
	} else {
		c.plain = b
		if _, err := c.tls.Write(b); err != nil {
			c.hangUp()
			return
		}
	}
	c.flush(l)
}

// Errors that say that a name no longer means what it did.
var (
	stateNoStatement = []byte("26000") // DEALLOCATE, DISCARD, or another server behind the same bouncer
	stateRefused     = []byte("0A000") // of several things: "cached plan must not change result type"
	classNoSense     = []byte("42")    // it parsed once and does no more: the schema has changed
)

// stale reports whether q, answered on c in slot s, failed only because of its
// name. Nothing of it was carried out then, so it may be sent again, once.
func (c *conn) stale(q *Query, s *slot) bool {
	if !q.failed || s.stmt == nil || s.parses || q.retried {
		return false
	}
	switch {
	case bytes.Equal(q.sqlstate[:], stateNoStatement):
		c.statements.Clear() // others will have gone with it
		c.pool.nameLost()
	case bytes.HasPrefix(q.sqlstate[:], classNoSense),
		bytes.Equal(q.sqlstate[:], stateRefused) && bytes.Contains(q.message, []byte("cached plan")):
		c.statements.Drop(s.stmt.text, s.stmt)
	default:
		return false
	}
	return true
}

// again sends q once more, without a name.
func (c *conn) again(l *loop.Loop, q *Query) {
	c.pool.counts.resent.Inc()
	q.retried = true
	q.reset()
	if c.draining || c.cancelling {
		c.pool.queue(q)
		return
	}
	c.send(l, q)
}
