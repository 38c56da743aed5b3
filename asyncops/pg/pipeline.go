package pg

import "github.com/fastsips/fastsips/loop"

const (
	minDepth = 4    // queries on one connection: one that runs, others behind it
	maxDepth = 1024 // behind a long line, on which the others are under way
)

// slot is one query at the server, or on its way.
type slot struct {
	q        *Query     // nil: nobody wants the answer
	stmt     *statement // nil: it has no name
	sent     int64
	begun    int64  // when it was sent or the answer before it came, whichever was later
	answered uint64 // pool.answered when it was sent
	parses   bool   // it has the server parse its text
	own      bool   // our ROLLBACK: not to be cancelled
}

// at returns the slot of the nth query since the connection was made, which must be
// under way.
func (c *conn) at(n uint32) *slot { return &c.slots[n%uint32(len(c.slots))] }

// first is the slot of the query in front; c.n must not be 0.
func (c *conn) first() *slot { return c.at(c.answers) }

// push adds a slot behind the others and returns its number; see at.
func (c *conn) push(l *loop.Loop, s slot) uint32 {
	if c.n == uint32(len(c.slots)) {
		c.widen()
	}
	s.sent, s.begun, s.answered = l.Now(), l.Now(), c.pool.answered
	number := c.answers + c.n
	*c.at(number) = s
	c.n++
	return number
}

// widen doubles the ring. Its length is a power of two, so that numbers may wrap.
func (c *conn) widen() {
	old := c.slots
	c.slots = make([]slot, max(minDepth, 2*len(old)))
	for i := range c.n {
		*c.at(c.answers + i) = old[(c.answers+i)%uint32(len(old))]
	}
}

// pop takes the slot in front out.
func (c *conn) pop() slot {
	first := c.first()
	s := *first
	*first = slot{}
	c.answers++
	c.n--
	return s
}

// worked is for how long the server has been at the query of s, as far as we know: since
// the answer before it came, but not while it or its answer must have been on the line.
func (s *slot) worked(now, line int64) int64 { return max(0, now-max(s.begun, s.sent+line)) }

// takesMore reports whether a query may be sent behind those that are there.
func (c *conn) takesMore(now int64, most outlook) bool {
	return !c.draining && !c.full && c.n > 0 && c.n < most.depth && c.first().q != nil && c.first().worked(now, most.line) < most.slow
}

// lessBusy orders the connections for pipelining: fewer queries first, then the
// one whose query has run for less.
func (c *conn) lessBusy(than *conn) bool {
	if c.n != than.n {
		return c.n < than.n
	}
	return c.first().begun > than.first().begun
}

// forget drops q, whose answer will come and be ignored.
func (c *conn) forget(q *Query) {
	c.at(q.slot).q = nil
	q.conn = nil
}

// youngAnswers is how many answers of a new connection may be slow without being counted:
// the server's process has just begun and reads its catalogues.
const youngAnswers = 8

// note learns from the answer of s on c, and reports whether it was slow.
func (p *pool) note(now int64, c *conn, s *slot) bool {
	p.answered++
	p.counts.latency[bucket(now-s.begun)].Inc()
	p.window.saw(now, now-s.sent, p.answered-s.answered)
	worked := s.worked(now, p.window.line(now))
	if slow := worked >= p.window.threshold(now); slow && c.answers <= youngAnswers {
		return true
	}
	return p.window.add(now, worked)
}

// behind returns the connection that takes a query behind others, nil if none should:
// more are to be opened, or what is there might be slow.
func (p *pool) behind(now int64) *conn {
	if len(p.conns) < p.share || !p.window.calm(now) {
		return nil
	}
	most := p.window.outlook(now, len(p.conns))
	var best *conn
	for _, c := range p.conns {
		if c.takesMore(now, most) && (best == nil || c.lessBusy(best)) {
			best = c
		}
	}
	return best
}

// pump sends what waits, as far as connections take it.
func (p *pool) pump(l *loop.Loop) {
	for p.waiting.Len() > 0 {
		c := p.pick(l.Now())
		if c == nil {
			return
		}
		c.send(l, p.unqueueFirst())
	}
}
