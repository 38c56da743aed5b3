package redis

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

const (
	retryAfter = 25 * time.Millisecond // of a command that came at a bad moment
	maxNodes   = 1024                  // that redirections may make known
	keptReply  = 16 << 10              // bytes of a reply's storage that is kept
	keptSpares = 256                   // of those, per loop
)

// A state is one loop's share of a Client.
type state struct {
	client *Client
	counts *counters
	meter  *asyncops.Meter
	closed bool
	load   int // commands begun and not ended

	seed   *node            // where the configuration points; nil when a cluster is known
	nodes  map[string]*node // all others, by host:port
	top    *topology        // what table and slots were made of
	table  []*node          // masters
	slots  []uint16         // by hash slot: its node in table, plus 1
	turn   int              // whose turn it is among nodes that are as good
	asking bool             // for the slot map

	delayed asyncops.Queue[Command]
	again   timer.Handle

	conns   asyncops.Slots[conn]
	retries asyncops.Slots[node]
	spares  []*Reply
}

func newState(c *Client, i int) state {
	return state{client: c, counts: c.counts[i], meter: c.backend.Meter(i), nodes: map[string]*node{}}
}

// What a timer is for is in the upper half of its ref, which conn or node in the lower.
const (
	connTimer uint64 = iota << 32
	nodeTimer
	delayTimer
	timerIndex = 1<<32 - 1
)

func (s *state) expired(l *loop.Loop, ref uint64) {
	switch ref &^ timerIndex {
	case connTimer:
		s.conns.At(ref & timerIndex).expired(l)
	case nodeTimer:
		n := s.retries.At(ref & timerIndex)
		n.retry = 0
		n.grow(l)
	case delayTimer:
		s.again = 0
		s.retry(l)
	}
}

// retry routes what is delayed.
func (s *state) retry(l *loop.Loop) {
	for k := s.delayed.Len(); k > 0 && s.delayed.Len() > 0; k-- {
		s.route(l, s.delayed.Pop())
	}
}

// ended counts q out.
func (s *state) ended(q *Command) {
	s.load--
	q.where, q.conn, q.node = inHand, nil, nil
}

// finish ends q. Whoever waits for it runs before finish returns.
func (s *state) finish(l *loop.Loop, q *Command, out asyncops.Outcome) {
	s.ended(q)
	q.done.Done(l, out)
}

// fail is finish with our own words.
func (s *state) fail(l *loop.Loop, q *Command, out asyncops.Outcome, why string) {
	q.why = why
	s.finish(l, q, out)
}

// route gives q to the node that it is for. It may be called by a run that others must
// not run within, so it ends no other command.
func (s *state) route(l *loop.Loop, q *Command) {
	n := q.node
	if !q.pinned {
		n = s.nodeFor(l, q.slot)
	}
	n.start(l, q)
}

// nodeFor returns the node that has a hash slot, for -1 any.
func (s *state) nodeFor(l *loop.Loop, slot int16) *node {
	if s.top == nil {
		return s.seeded(l)
	}
	if slot >= 0 && s.slots[slot] != 0 {
		return s.table[s.slots[slot]-1]
	}
	if slot >= 0 {
		s.refresh(l, nil)
	}
	if n := s.ready(nil); n != nil {
		return n
	}
	return s.table[0]
}

// ready returns a master that has a connection, the next in turn, but not the one given;
// nil if there is none.
func (s *state) ready(but *node) *node {
	for range s.table {
		s.turn = (s.turn + 1) % len(s.table)
		if n := s.table[s.turn]; n != but && len(n.conns) > 0 {
			return n
		}
	}
	return nil
}

// later tries q again in a moment; its deadline goes on.
func (s *state) later(l *loop.Loop, q *Command) {
	q.where = delayed
	s.delayed.Push(&q.place, q)
	if s.again == 0 {
		s.again = l.After(retryAfter, s.client.kind, delayTimer)
	}
}

// seeded returns the node of the configuration.
func (s *state) seeded(*loop.Loop) *node {
	if s.seed == nil {
		s.seed = s.newNode(s.client.cfg.Hosts...)
	}
	return s.seed
}

// node returns the node at an address, which may be new.
func (s *state) node(h Host) *node {
	name := h.String()
	n := s.nodes[name]
	if n == nil {
		n = s.newNode(h)
		s.nodes[name] = n
	}
	n.left = false
	return n
}

// all lists the nodes, for those who may remove some.
func (s *state) all() (list []*node) {
	for _, n := range s.nodes {
		list = append(list, n)
	}
	if s.seed != nil {
		list = append(list, s.seed)
	}
	return list
}

func (s *state) takeReply() *Reply {
	if n := len(s.spares); n > 0 {
		r := s.spares[n-1]
		s.spares = s.spares[:n-1]
		return r
	}
	return new(Reply)
}

func (s *state) putReply(r *Reply) {
	if r != nil && len(s.spares) < keptSpares && cap(r.data)+itemSize*cap(r.items) <= keptReply {
		s.spares = append(s.spares, r)
	}
}

// close ends everything; the Client is closed.
func (s *state) close(l *loop.Loop) {
	s.closed = true
	if s.again != 0 {
		l.StopTimer(s.again)
		s.again = 0
	}
	for s.delayed.Len() > 0 {
		s.fail(l, s.delayed.Pop(), asyncops.Unavailable, "the client is closed")
	}
	for _, n := range s.all() {
		n.close(l)
	}
}
