package event_routing

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/loop"
)

// turnLength is how many listeners a loop looks at before it turns to other things.
const turnLength = 256

// A share is those on one loop who wait for one event.
type share struct {
	waiting atomic.Int32 // how many; any loop reads it
	queued  atomic.Int32 // deliveries that come or wait

	// Only the loop's own callbacks touch what follows.
	list    []*listener // in the order of their coming; nil: that one has left
	pending []*notice
	next    int // of list, to be looked at for pending[0]
	turn    loop.Task
	busy    bool // turn is under way, or step is at work
}

// A listener waits for events of one name that its filters match.
type listener struct {
	of      *share
	index   int    // in of.list
	after   uint64 // number of the last event before it came
	filters []filter
	tell    func(l *loop.Loop, n *notice)
}

// join has x wait; false: there are too many.
func (s *share) join(x *listener, t *topic) bool {
	if s.waiting.Load() >= maxListeners {
		return false
	}
	if !s.busy && len(s.list) > 64 && len(s.list) > 2*int(s.waiting.Load()) {
		s.compact()
	}
	x.of, x.index = s, len(s.list)
	s.list = append(s.list, x)
	s.waiting.Add(1)
	x.after = t.raised.Load()
	return true
}

// leave ends x's waiting; it may be over already.
func (x *listener) leave() {
	if s := x.of; s != nil {
		s.list[x.index] = nil
		s.waiting.Add(-1)
		x.of = nil
	}
}

// compact closes the gaps that those have left who went.
func (s *share) compact() {
	kept := s.list[:0]
	for _, x := range s.list {
		if x != nil {
			x.index = len(kept)
			kept = append(kept, x)
		}
	}
	clear(s.list[len(kept):])
	s.list = kept
}

// deliver tells the listeners of n, after those before it.
func (s *share) deliver(l *loop.Loop, n *notice) {
	s.pending = append(s.pending, n)
	if !s.busy {
		s.step(l)
	}
}

// step goes on with what is pending. Whoever is told may come or leave meanwhile.
func (s *share) step(l *loop.Loop) {
	s.busy = true
	for range turnLength {
		if s.next >= len(s.list) {
			s.told()
			if len(s.pending) == 0 {
				s.busy = false
				return
			}
			continue
		}
		x, n := s.list[s.next], s.pending[0]
		s.next++
		if x != nil && x.after < n.number && matches(x.filters, n) {
			x.tell(l, n)
		}
	}
	l.Mailbox().Post(&s.turn)
}

// told is done with the first notice.
func (s *share) told() {
	s.next = 0
	s.pending[0] = nil
	s.pending = s.pending[1:]
	s.queued.Add(-1)
	if len(s.pending) == 0 {
		s.pending = nil
	}
	if len(s.list) > 64 && len(s.list) > 2*int(s.waiting.Load()) {
		s.compact()
	}
}
