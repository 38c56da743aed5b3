package asyncops_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// "A loop's Table sees to it that the waiter is told exactly once", on its loop, whatever
// comes first: on real loops, with others that answer early, late, twice or never, with
// deadlines, Stop and Abandon, alone and in groups.
func TestRandomEnds(t *testing.T) {
	const loops, each = 4, 400
	r := looptest.New(t, loops)
	set := asyncops.NewSet(r.Group, def)
	r.Start()
	w := &randomEnds{t: t, set: set}
	for i := range loops {
		r.Group.Do(i, func(l *loop.Loop) {
			rng := rand.New(rand.NewPCG(uint64(i), 9))
			for range each {
				w.begin(l, rng)
			}
		})
	}
	r.Until("all have ended", func() bool { return w.ended.Load() == loops*each })
	for i := range loops {
		r.Group.Do(i, func(l *loop.Loop) {
			if n := set.On(l).InFlight(); n != 0 {
				t.Errorf("loop %d has %d operations in flight", i, n)
			}
		})
	}
	r.Until("all answers have come home", func() bool { return w.atWork.Load() == 0 })
	if n := w.ended.Load(); n != loops*each {
		t.Errorf("%d were told, want %d", n, loops*each)
	}
}

// randomEnds is what the loops of a test share.
type randomEnds struct {
	t      *testing.T
	set    *asyncops.Set
	ended  atomic.Int64 // waiters told, or known not to be
	atWork atomic.Int64
}

// begin begins an operation or a group, and may end it by force.
func (w *randomEnds) begin(l *loop.Loop, rng *rand.Rand) {
	h := &toldOnce{w: w, loop: l.Index()}
	var op asyncops.Op = w.op(rng)
	if rng.IntN(3) == 0 {
		g := new(asyncops.Group)
		for range 1 + rng.IntN(4) {
			g.Add(w.op(rng), time.Duration(1+rng.IntN(40))*time.Millisecond)
		}
		op = g
	}
	tok, _, pending := w.set.On(l).Begin(l, op, time.Duration(1+rng.IntN(30))*time.Millisecond, h)
	switch {
	case !pending:
		w.ended.Add(1)
	case rng.IntN(8) == 0:
		w.set.On(l).Stop(l, tok)
	case rng.IntN(8) == 0:
		w.set.On(l).Abandon(l, tok)
		h.told = true
		w.ended.Add(1)
	}
}

func (w *randomEnds) op(rng *rand.Rand) *randomOp {
	return &randomOp{w: w, wait: time.Duration(rng.IntN(30)) * time.Millisecond, answers: rng.IntN(3), atOnce: rng.IntN(10) == 0}
}

// A randomOp is answered from elsewhere after a while, as often as it says.
type randomOp struct {
	w       *randomEnds
	wait    time.Duration
	answers int
	atOnce  bool
}

func (o *randomOp) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	if o.atOnce {
		c.Done(l, asyncops.Completed)
	}
	home := l.Mailbox()
	for range o.answers {
		o.w.atWork.Add(1)
		time.AfterFunc(o.wait, func() {
			home.Post(&loop.Task{Run: func(l *loop.Loop) {
				c.Done(l, asyncops.Completed)
				o.w.atWork.Add(-1)
			}})
		})
	}
}

func (*randomOp) Cancel(*loop.Loop) {}

// toldOnce is a waiter that insists on it. Only its loop touches it.
type toldOnce struct {
	w    *randomEnds
	loop int
	told bool
}

func (h *toldOnce) Resume(l *loop.Loop, _ asyncops.Op, _ asyncops.Outcome) {
	if h.told || l.Index() != h.loop {
		h.w.t.Errorf("told twice or on loop %d, not %d", l.Index(), h.loop)
	}
	h.told = true
	h.w.ended.Add(1)
}
