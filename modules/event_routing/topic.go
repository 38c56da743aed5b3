package event_routing

import (
	"maps"
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// Limits of what scripts may ask for.
const (
	maxTopics    = 1024    // names of events that anybody has waited for
	maxListeners = 1 << 17 // that wait for one event on one loop
	maxQueued    = 1024    // events of a name that a loop has not looked at yet
)

// topics are the events that anybody waits or has waited for, by name.
type topics struct {
	loops    []loop.Mailbox
	ops      *asyncops.Set
	byName   atomic.Pointer[map[string]*topic]
	overfull func(l *loop.Loop)
}

// A topic is one of them.
type topic struct {
	name    string
	raised  atomic.Uint64 // events so far
	shares  []*share      // by loop
	backend *asyncops.Backend
}

func newTopics(g *loop.Group, ops *asyncops.Set) *topics {
	t := &topics{ops: ops}
	for i := range g.Len() {
		t.loops = append(t.loops, g.Mailbox(i))
	}
	t.byName.Store(&map[string]*topic{})
	return t
}

// find returns the topic, which it makes if need be; nil: there are too many, or the name
// is none.
func (t *topics) find(name []byte) *topic {
	for {
		known := t.byName.Load()
		if x := (*known)[string(name)]; x != nil {
			return x
		}
		if len(*known) >= maxTopics || len(name) == 0 || len(name) > event.MaxName {
			return nil
		}
		more := maps.Clone(*known)
		more[string(name)] = t.newTopic(string(name))
		t.byName.CompareAndSwap(known, &more)
	}
}

func (t *topics) newTopic(name string) *topic {
	x := &topic{name: name, backend: t.ops.Backend("event", name)}
	for range t.loops {
		s := new(share)
		s.turn.Run = s.step
		x.shares = append(x.shares, s)
	}
	return x
}

// on returns l's share.
func (x *topic) on(l *loop.Loop) *share { return x.shares[l.Index()] }

// Wanted reports whether anybody waits.
func (t *topics) Wanted(name string) bool {
	x := (*t.byName.Load())[name]
	if x == nil {
		return false
	}
	for _, s := range x.shares {
		if s.waiting.Load() > 0 {
			return true
		}
	}
	return false
}

// Raised sends the event to each loop on which somebody waits. Who begins to wait raises
// waiting before he looks at raised, here it is the other way round: one of the two sees
// the other, and nobody hears of what was before.
func (t *topics) Raised(l *loop.Loop, r *event.Raised) {
	x := (*t.byName.Load())[r.Name]
	if x == nil {
		return
	}
	number := x.raised.Add(1)
	var n *notice
	for i, s := range x.shares {
		if s.waiting.Load() == 0 {
			continue
		}
		if s.queued.Add(1) > maxQueued {
			s.queued.Add(-1)
			t.overfull(l)
			continue
		}
		if n == nil {
			n = noticeOf(r, number)
		}
		d := &delivery{n: n, to: s}
		d.task.Run = d.run
		t.loops[i].Post(&d.task)
	}
}

// A notice is an event that loops are told of. It never changes.
type notice struct {
	event  string
	names  []string // nil: the values have none
	values []script.Value
	depth  int
	number uint64
}

func noticeOf(r *event.Raised, number uint64) *notice {
	size := 0
	for _, v := range r.Values {
		size += len(v.Str)
	}
	n := &notice{event: r.Name, depth: r.Depth, number: number, names: append([]string(nil), r.Names...)}
	text := make([]byte, 0, size)
	for _, v := range r.Values {
		at := len(text)
		text = append(text, v.Str...)
		n.values = append(n.values, script.Value{Kind: v.Kind, Int: v.Int, Str: text[at:len(text):len(text)]})
	}
	return n
}

// A delivery is a notice on its way to a loop.
type delivery struct {
	n    *notice
	to   *share
	task loop.Task
}

func (d *delivery) run(l *loop.Loop) { d.to.deliver(l, d.n) }
