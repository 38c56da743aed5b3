// Package sleep is the operation that only lets time pass: sleep() and usleep()
// of a script, on the loop's own timers.
//
// A pause never ends early; it ends on the first millisecond tick after it. It
// refuses nothing and cannot fail.
package sleep

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// A Sleeper makes pauses.
type Sleeper struct {
	kind   timer.Kind
	pauses loop.Local[pauses]
	ops    loop.Pool[Op]

	backend *asyncops.Backend
}

// pauses are those under way on one loop.
type pauses struct {
	armed  []*Op    // by index, which is what a timer refers to
	unused []uint32 // indices of armed
}

// New registers the pauses' timer. Call it before g.Start. Ops is where the pauses will
// be begun.
func New(g *loop.Group, ops *asyncops.Set) *Sleeper {
	s := &Sleeper{backend: ops.Backend("sleep", ""), pauses: loop.NewLocal[pauses](g, nil), ops: loop.NewPool[Op](g)}
	s.kind = g.NewKind(func(l *loop.Loop, ref uint64) { s.pauses.On(l).armed[ref].end(l) })
	return s
}

// Op returns a pause of d. Begin it with a timeout longer than d, for the
// default deadline ends a pause as it ends any operation. Whoever was resumed
// gives it back with Free.
func (s *Sleeper) Op(l *loop.Loop, d time.Duration) *Op {
	o := s.ops.Get(l)
	o.home, o.d, o.inUse = s, d, true
	return o
}

// An Op is one pause.
type Op struct {
	home  *Sleeper
	index uint32 // in pauses.armed while timer is not 0
	d     time.Duration
	done  asyncops.Completion
	timer timer.Handle
	inUse bool
}

var _ asyncops.Metered = (*Op)(nil)

// Backend is that of all pauses.
func (o *Op) Backend() *asyncops.Backend { return o.home.backend }

// Start arms the timer. A pause of nothing ends at once.
func (o *Op) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	o.done = c
	if o.d <= 0 {
		c.Done(l, asyncops.Completed)
		return
	}
	p := o.home.pauses.On(l)
	if n := len(p.unused); n > 0 {
		o.index, p.unused = p.unused[n-1], p.unused[:n-1]
		p.armed[o.index] = o
	} else {
		o.index = uint32(len(p.armed))
		p.armed = append(p.armed, o)
	}
	o.timer = l.After(o.d, o.home.kind, uint64(o.index))
}

// Cancel stops the timer.
func (o *Op) Cancel(l *loop.Loop) {
	if l.StopTimer(o.timer) {
		o.disarm(l)
	}
}

// Free gives o back. It must not be pending.
func (o *Op) Free(l *loop.Loop) {
	if !o.inUse || o.timer != 0 {
		panic("BUG: pause freed twice or while it runs")
	}
	o.inUse, o.done = false, asyncops.Completion{}
	o.home.ops.Put(l, o)
}

func (o *Op) end(l *loop.Loop) {
	o.disarm(l)
	o.done.Done(l, asyncops.Completed)
}

func (o *Op) disarm(l *loop.Loop) {
	p := o.home.pauses.On(l)
	p.armed[o.index] = nil
	p.unused = append(p.unused, o.index)
	o.timer = 0
}
