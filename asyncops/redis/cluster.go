package redis

import (
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

const (
	refreshEvery   = time.Second // at most, unless somebody insists
	refreshTimeout = 2 * time.Second
)

// A topology is the slot map of a cluster. It never changes; a newer one replaces it.
type topology struct {
	masters []Host
	slots   [slotCount]uint16 // the master's place, plus 1; 0: nobody has it
}

func (t *topology) equal(u *topology) bool {
	return u != nil && slices.Equal(t.masters, u.masters) && t.slots == u.slots
}

// parseTopology reads the answer to CLUSTER SLOTS: [first, last, [host, port, id, …],
// replicas…]…; nil if it is not one, or no slot is served.
func parseTopology(v Value, from Host) *topology {
	if v.Kind() != Array {
		return nil
	}
	t := new(topology)
	for r := range v.All() {
		first, ok1 := r.At(0).Int()
		last, ok2 := r.At(1).Int()
		host, ok3 := parseMaster(r.At(2), from)
		if !ok1 || !ok2 || !ok3 || first < 0 || last >= slotCount || len(t.masters) >= maxNodes {
			return nil
		}
		i := slices.Index(t.masters, host)
		if i < 0 {
			i = len(t.masters)
			t.masters = append(t.masters, host)
		}
		for slot := first; slot <= last; slot++ {
			t.slots[slot] = uint16(i + 1)
		}
	}
	if len(t.masters) == 0 {
		return nil
	}
	return t
}

// parseMaster reads [host, port, …]; a host that is NULL or empty is the one that says so.
func parseMaster(v Value, from Host) (h Host, ok bool) {
	port, ok := v.At(1).Int()
	if !ok || port < 1 || port > 65535 {
		return h, false
	}
	h = Host{Name: string(v.At(0).Bytes()), Port: uint16(port)}
	if h.Name == "" || h.Name == "?" {
		h.Name = from.Name
	}
	return h, true
}

// publish makes t the map of all loops.
func (c *Client) publish(l *loop.Loop, t *topology) {
	c.counts[l.Index()].refreshes.Inc()
	c.refreshedAt.Store(l.Wall().Unix())
	if t.equal(c.top.Load()) {
		return
	}
	c.top.Store(t)
	for i := range c.group.Len() {
		if i != l.Index() {
			c.group.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) { c.states.On(l).sync(l) }})
		}
	}
}

// sync takes the map over that is valid now, and sends what waits where it belongs.
func (s *state) sync(l *loop.Loop) {
	top := s.client.top.Load()
	if top == s.top || s.closed {
		return
	}
	s.top = top
	s.table = s.table[:0]
	s.slots = append(s.slots[:0], top.slots[:]...)
	for _, h := range top.masters {
		s.table = append(s.table, s.master(h))
	}
	for _, n := range s.all() {
		for n.waiting.Len() > 0 {
			q := n.waiting.First()
			n.unqueue(q)
			q.where = delayed
			s.delayed.Push(&q.place, q)
		}
		if !slices.Contains(s.table, n) {
			n.leave(l)
		} else if !s.client.cfg.Lazy {
			n.grow(l)
		}
	}
	s.retry(l)
}

// master returns the node of a master. The seed may be it.
func (s *state) master(h Host) *node {
	if n := s.seed; n != nil && n.host() == h && s.nodes[h.String()] == nil {
		n.hosts, n.at = []Host{h}, 0
		s.nodes[h.String()], s.seed = n, nil
	}
	return s.node(h)
}

// movedTo notes that a slot has moved, for this loop; all learn of it by asking the node
// that has it now.
func (s *state) movedTo(l *loop.Loop, slot int16, to *node) {
	if s.top != nil && slot >= 0 {
		i := slices.Index(s.table, to)
		if i < 0 && len(s.table) < maxNodes {
			i = len(s.table)
			s.table = append(s.table, to)
		}
		if i >= 0 {
			s.slots[slot] = uint16(i + 1)
		}
	}
	s.refresh(l, to)
}

// refresh asks for the slot map: the node hint if it has a connection, else another.
func (s *state) refresh(l *loop.Loop, hint *node) {
	last, now := s.client.refreshed.Load(), l.Now()
	if s.top == nil && hint == nil || now-last < int64(refreshEvery) || !s.client.refreshed.CompareAndSwap(last, now) {
		return
	}
	s.askForMap(l, hint)
}

// askForMap is refresh without a limit.
func (s *state) askForMap(l *loop.Loop, hint *node) {
	if s.asking || s.closed {
		return
	}
	if hint == nil || len(hint.conns) == 0 {
		hint = s.ready(nil)
	}
	if hint == nil {
		s.seeded(l).grow(l) // its greeting asks
		return
	}
	s.asking = true
	s.askNode(l, hint, func(bool) { s.asking = false })
}

// askNode asks n for the slot map.
func (s *state) askNode(l *loop.Loop, n *node, told func(ok bool)) {
	q := s.client.Command(l)
	q.ArgString("CLUSTER")
	q.ArgString("SLOTS")
	q.node, q.pinned, q.inner = n, true, true
	w := &mapWaiter{s, n.host(), told}
	if _, out, pending := q.Begin(l, refreshTimeout, w); !pending {
		w.Resume(l, q, out)
	}
}

// A mapWaiter waits for a slot map.
type mapWaiter struct {
	s    *state
	from Host
	told func(ok bool)
}

// Resume takes the map.
func (w *mapWaiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*Command)
	var top *topology
	if out == asyncops.Completed {
		top = parseTopology(q.Value(), w.from)
	}
	q.Free(l)
	if top != nil { // first: whoever is told may count on it
		w.s.client.publish(l, top)
		w.s.sync(l)
	}
	w.told(top != nil)
}
