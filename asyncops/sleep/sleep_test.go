package sleep_test

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/loop"
)

type rig struct {
	g   *loop.Group
	ops *asyncops.Set
	s   *sleep.Sleeper
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g, err := loop.New(loop.Config{Loops: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{g, asyncops.NewSet(g, time.Minute), sleep.New(g)}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return r
}

// woken notes when a pause ended.
type woken struct {
	at  int64
	out asyncops.Outcome
	ch  chan struct{}
}

func (w *woken) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	w.at, w.out = l.Now(), out
	op.(*sleep.Op).Free(l)
	close(w.ch)
}

func (w *woken) await(t *testing.T) {
	t.Helper()
	select {
	case <-w.ch:
	case <-time.After(10 * time.Second): // far beyond anything that should happen
		t.Fatal("never woken")
	}
}

// "A pause never ends early", and a shorter one begun later ends first.
func TestPause(t *testing.T) {
	r := newRig(t)
	long, short := &woken{ch: make(chan struct{})}, &woken{ch: make(chan struct{})}
	var began int64
	r.g.Do(0, func(l *loop.Loop) {
		began = l.Now()
		r.ops.On(l).Begin(l, r.s.Op(l, 40*time.Millisecond), 0, long)
		r.ops.On(l).Begin(l, r.s.Op(l, 10*time.Millisecond), 0, short)
	})
	long.await(t)
	short.await(t)
	if d := time.Duration(long.at - began); d < 40*time.Millisecond || long.out != asyncops.Completed {
		t.Errorf("40 ms took %v: %v", d, long.out)
	}
	if d := time.Duration(short.at - began); d < 10*time.Millisecond || short.out != asyncops.Completed {
		t.Errorf("10 ms took %v: %v", d, short.out)
	}
	if short.at > long.at {
		t.Error("the shorter pause ended after the longer one")
	}
}

// A deadline before the pause's end stops it; a timer is not left behind.
func TestDeadlineEndsPause(t *testing.T) {
	r := newRig(t)
	w := &woken{ch: make(chan struct{})}
	r.g.Do(0, func(l *loop.Loop) { r.ops.On(l).Begin(l, r.s.Op(l, time.Hour), 5*time.Millisecond, w) })
	w.await(t)
	if w.out != asyncops.TimedOut {
		t.Errorf("ended as %v, want timed out", w.out)
	}
	r.g.Do(0, func(l *loop.Loop) {
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers left armed", n)
		}
	})
}

// "A pause of nothing ends at once."
func TestNoPause(t *testing.T) {
	r := newRig(t)
	r.g.Do(0, func(l *loop.Loop) {
		op := r.s.Op(l, 0)
		if _, out, pending := r.ops.On(l).Begin(l, op, 0, &woken{}); pending || out != asyncops.Completed {
			t.Errorf("a pause of nothing: %v, pending %v", out, pending)
		}
		op.Free(l)
	})
}

// An abandoned pause may be freed or not; either way its timer is gone and the
// others are not disturbed.
func TestAbandonedPause(t *testing.T) {
	r := newRig(t)
	w := &woken{ch: make(chan struct{})}
	r.g.Do(0, func(l *loop.Loop) {
		tab := r.ops.On(l)
		kept, freed := r.s.Op(l, time.Hour), r.s.Op(l, time.Hour)
		tok1, _, _ := tab.Begin(l, kept, 0, &woken{})
		tok2, _, _ := tab.Begin(l, freed, 0, &woken{})
		tab.Abandon(l, tok1)
		tab.Abandon(l, tok2)
		freed.Free(l)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers left armed", n)
		}
		tab.Begin(l, r.s.Op(l, time.Millisecond), 0, w)
	})
	w.await(t)
	if w.out != asyncops.Completed {
		t.Errorf("the pause after them ended as %v", w.out)
	}
}

type nobody struct{}

func (nobody) Resume(*loop.Loop, asyncops.Op, asyncops.Outcome) {}

// A pause costs no garbage.
func TestPauseDoesNotAllocate(t *testing.T) {
	r := newRig(t)
	r.g.Do(0, func(l *loop.Loop) {
		tab := r.ops.On(l)
		if n := testing.AllocsPerRun(1000, func() {
			op := r.s.Op(l, time.Second)
			tok, _, _ := tab.Begin(l, op, 0, nobody{})
			tab.Abandon(l, tok)
			op.Free(l)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}
