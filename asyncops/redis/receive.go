package redis

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
)

// Received takes what has come. All of it is used: what is not yet a whole answer is in
// the decoder, and in the reply that is being made.
func (c *conn) Received(l *loop.Loop, _ *wire.Conn, b []byte) (used int) {
	for rest := b; len(rest) > 0 && c.phase != ended; {
		if c.dec.idle() && c.phase != connecting {
			c.early = c.head == c.tail
			c.side.reset(c.n.s.client.cfg.MaxReply)
		}
		n, done, err := c.dec.next(rest, c.sink())
		rest = rest[n:]
		switch {
		case err != nil:
			c.end(l, err)
		case done && c.dec.push: // nobody has subscribed to anything
		case done:
			c.answered(l)
		}
	}
	return len(b)
}

// sink is where the answer goes that comes next, nil for nowhere.
func (c *conn) sink() *Reply {
	if c.phase == connecting {
		return &c.side
	}
	if c.early || c.head == c.tail {
		return nil
	}
	q := c.places[c.head&uint64(len(c.places)-1)]
	switch {
	case q == nil:
		return nil
	case q.got > 0:
		return &c.side
	case q.reply == nil:
		s := c.n.s
		q.reply = s.takeReply()
		q.reply.reset(s.client.cfg.MaxReply)
	}
	return q.reply
}

// answered takes a whole answer.
func (c *conn) answered(l *loop.Loop) {
	if c.phase == connecting {
		c.greetingAnswered(l, c.side.Value())
		return
	}
	if c.early || c.head == c.tail {
		c.end(l, errUnasked)
		return
	}
	n := c.n
	c.heard, n.heard, n.backoff = l.Now(), l.Now(), 0
	n.breaker.Success()
	q := c.pop()
	if q == nil {
		n.s.counts.late.Inc()
		return
	}
	q.part(c)
	if q.got < q.parts {
		return
	}
	c.wanted--
	q.whole(l, c)
	c.endIfDone(l)
}

// part looks at the answer to one part of q.
func (q *Command) part(c *conn) {
	v := q.reply.Value()
	if q.got > 0 {
		v = c.side.Value()
	}
	verdict := judge(v)
	switch {
	case q.verdict != answered: // what is behind a part that has to be sent again is, too
	case verdict != answered:
		q.verdict, q.first = verdict, q.got
		if h, ok := redirectedTo(v, c.n.host()); ok && (verdict == moved || verdict == ask) && len(c.n.s.nodes) < maxNodes {
			q.node = c.n.s.node(h)
		}
	case q.got > 0 && v.Kind() == Error:
		q.why = string(v.Bytes())
	}
	q.got++
}

// whole ends q, or sends what is left of it elsewhere.
func (q *Command) whole(l *loop.Loop, c *conn) {
	s, n := c.n.s, c.n
	n.queries++
	if q.verdict != answered {
		if q.again(l, c) {
			return
		}
		q.why = "too many redirections"
	}
	out := asyncops.Completed
	switch {
	case q.reply.over:
		q.why = "the reply is larger than we take"
		out = asyncops.Failed
	case q.why != "" || q.Value().Kind() == Error:
		out = asyncops.Failed
	}
	if out == asyncops.Failed {
		n.errors++
	} else if !q.inner {
		s.counts.succeeded.Inc()
	}
	s.finish(l, q, out)
}

// again follows a redirection, or tries once more; false if the answer has to do.
func (q *Command) again(l *loop.Loop, c *conn) bool {
	s, n := c.n.s, c.n
	to := q.node
	q.where, q.conn, q.node, q.asking = inHand, nil, nil, false
	switch q.verdict {
	case moved, ask:
		if q.hops++; q.hops > maxHops || to == nil || q.pinned {
			return false
		}
		if q.verdict == moved {
			s.counts.moved.Inc()
			n.moved++
			s.movedTo(l, q.slot, to)
		} else {
			s.counts.asked.Inc()
			q.asking = true
		}
		q.resetAnswer()
		to.start(l, q)
		return true
	case unsettled:
		s.refresh(l, n)
	}
	if q.pinned {
		return false
	}
	s.counts.delayed.Inc()
	q.resetAnswer()
	s.later(l, q)
	return true
}

// resetAnswer makes q ready for another answer to what it begins with.
func (q *Command) resetAnswer() {
	if q.first == 0 && q.reply != nil {
		q.reply.reset(q.client.cfg.MaxReply)
	}
}
