package asyncops_test

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// "It ends when all of its members have ended", whichever is first, also those that end
// within Start; the waiter is told once.
func TestGroupEndsWithTheLast(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var a, b op
		c := op{atStart: true, out: asyncops.Failed}
		var g asyncops.Group
		var h heard
		for _, o := range []*op{&a, &c, &b} {
			g.Add(o, 0)
		}
		if _, _, pending := tab.Begin(l, &g, 0, &h); !pending {
			t.Error("ended at once")
		}
		wantInFlight(t, tab, 3) // with the group itself
		b.done.Done(l, asyncops.Completed)
		wantOutcomes(t, &h)
		a.done.Done(l, asyncops.Unavailable)
		wantOutcomes(t, &h, asyncops.Completed)
		for i, want := range []asyncops.Outcome{asyncops.Unavailable, asyncops.Failed, asyncops.Completed} {
			if got := g.Outcome(i, asyncops.TimedOut); got != want {
				t.Errorf("member %d has %v, want %v", i, got, want)
			}
		}
		wantInFlight(t, tab, 0)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers were left armed", n)
		}
	})
}

// "If op ends within its Start, Begin returns its outcome."
func TestGroupOfWhatEndsAtOnce(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		a, b := op{atStart: true}, op{atStart: true, out: asyncops.Overloaded}
		var g asyncops.Group
		g.Add(&a, 0)
		g.Add(&b, 0)
		var h heard
		if _, out, pending := tab.Begin(l, &g, 0, &h); pending || out != asyncops.Completed {
			t.Errorf("Begin = %v, pending %v", out, pending)
		}
		wantOutcomes(t, &h)
		wantInFlight(t, tab, 0)
	})
}

// A member may end while another one is begun.
func TestGroupMemberEndsAnother(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var a op
		b := startEnds{other: &a}
		var g asyncops.Group
		g.Add(&a, 0)
		g.Add(&b, 0)
		var h heard
		if _, _, pending := tab.Begin(l, &g, 0, &h); pending {
			t.Error("pending")
		}
		wantOutcomes(t, &h)
		wantInFlight(t, tab, 0)
	})
}

// startEnds ends another operation, then itself.
type startEnds struct{ other *op }

func (s *startEnds) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	s.other.done.Done(l, asyncops.Completed)
	c.Done(l, asyncops.Completed)
}
func (*startEnds) Cancel(*loop.Loop) {}

// "Those that still run at the Group's deadline are cancelled"; one whose own deadline is
// earlier has timed out then, and the others go on.
func TestGroupDeadlines(t *testing.T) {
	v, err := loop.NewVirtual(loop.Config{Loops: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set := asyncops.NewSet(v.Group(), def)
	if err := v.Group().Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Group().Stop)
	var a, b, c op
	var g asyncops.Group
	h := heard{}
	began, told := int64(0), int64(0)
	h.also = func(l *loop.Loop) { told = l.Now() }
	v.Group().Do(0, func(l *loop.Loop) {
		began = l.Now()
		g.Add(&a, 0)
		g.Add(&b, 20*time.Millisecond)
		g.Add(&c, time.Hour)
		set.On(l).Begin(l, &g, 100*time.Millisecond, &h)
	})
	v.Advance(50 * time.Millisecond)
	v.Group().Do(0, func(l *loop.Loop) { a.done.Done(l, asyncops.Completed) })
	v.Advance(time.Second)
	wantOutcomes(t, &h, asyncops.TimedOut)
	if late := time.Duration(told - began); late < 100*time.Millisecond || late > 102*time.Millisecond {
		t.Errorf("told after %v", late)
	}
	for i, want := range []asyncops.Outcome{asyncops.Completed, asyncops.TimedOut, asyncops.TimedOut} {
		if got := g.Outcome(i, asyncops.TimedOut); got != want {
			t.Errorf("member %d has %v, want %v", i, got, want)
		}
	}
	if a.cancelled != 0 || b.cancelled != 1 || c.cancelled != 1 || !g.Cut() {
		t.Errorf("cancelled %d, %d, %d times", a.cancelled, b.cancelled, c.cancelled)
	}
	if d := g.Took(1); d < 20*time.Millisecond || d > 22*time.Millisecond || g.Took(2) < 100*time.Millisecond {
		t.Errorf("took %v and %v", d, g.Took(2))
	}
	v.Group().Do(0, func(l *loop.Loop) {
		if c.done.Done(l, asyncops.Completed) {
			t.Error("a late answer was taken")
		}
		wantInFlight(t, set.On(l), 0)
	})
}

// A group may have further rounds, and be used again; abandoned, it leaves nothing.
func TestGroupAgain(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var a, b op
		var g asyncops.Group
		var h heard
		g.Add(&a, 0)
		g.Add(&b, 0)
		tab.Begin(l, &g, 0, &h)
		a.done.Done(l, asyncops.Completed)
		b.done.Done(l, asyncops.Completed)
		var next op
		if g.Again(0, &next, 0); !g.Waiting() {
			t.Error("nothing waits")
		}
		tab.Begin(l, &g, 0, &h)
		wantInFlight(t, tab, 2)
		next.done.Done(l, asyncops.Failed)
		wantOutcomes(t, &h, asyncops.Completed, asyncops.Completed)
		g.Reset()
		g.Add(&a, 0)
		tok, _, _ := tab.Begin(l, &g, 0, &h)
		tab.Abandon(l, tok)
		g.Reset()
		wantInFlight(t, tab, 0)
		if a.cancelled != 1 || len(h.got) != 2 {
			t.Errorf("cancelled %d times, told %v", a.cancelled, h.got)
		}
	})
}

func TestGroupDoesNotAllocate(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var a, b op
		var g asyncops.Group
		var h quiet
		if n := testing.AllocsPerRun(1000, func() {
			g.Add(&a, 0)
			g.Add(&b, 0)
			tab.Begin(l, &g, 0, h)
			b.done.Done(l, asyncops.Completed)
			a.done.Done(l, asyncops.Completed)
			g.Reset()
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}
