package sleep_test

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rig struct {
	*looptest.Rig
	s *sleep.Sleeper
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 1)}
	r.s = sleep.New(r.Group, r.Ops)
	r.Start()
	return r
}

// woken is when and how a pause ended.
type woken struct {
	at  int64
	out asyncops.Outcome
}

func (r *rig) beginOn(l *loop.Loop, d, timeout time.Duration) *looptest.Pending[woken] {
	return looptest.BeginOn(r.Rig, l, timeout, r.s.Op(l, d), func(l *loop.Loop, op *sleep.Op, out asyncops.Outcome) woken {
		op.Free(l)
		return woken{l.Now(), out}
	})
}

// "A pause never ends early", and a shorter one begun later ends first.
func TestPause(t *testing.T) {
	r := newRig(t)
	var ops [2]*looptest.Pending[woken]
	var began int64
	r.Group.Do(0, func(l *loop.Loop) {
		began = l.Now()
		ops[0] = r.beginOn(l, 40*time.Millisecond, 0)
		ops[1] = r.beginOn(l, 10*time.Millisecond, 0)
	})
	long, short := ops[0].Wait(), ops[1].Wait()
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
	var p *looptest.Pending[woken]
	r.Group.Do(0, func(l *loop.Loop) { p = r.beginOn(l, time.Hour, 5*time.Millisecond) })
	if w := p.Wait(); w.out != asyncops.TimedOut {
		t.Errorf("ended as %v, want timed out", w.out)
	}
	r.Group.Do(0, func(l *loop.Loop) {
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers left armed", n)
		}
	})
}

// "A pause of nothing ends at once."
func TestNoPause(t *testing.T) {
	r := newRig(t)
	r.Group.Do(0, func(l *loop.Loop) {
		if p := r.beginOn(l, 0, 0); !p.AtOnce || p.Wait().out != asyncops.Completed {
			t.Errorf("a pause of nothing: at once %v", p.AtOnce)
		}
	})
}

// An abandoned pause may be freed or not; either way its timer is gone and the
// others are not disturbed.
func TestAbandonedPause(t *testing.T) {
	r := newRig(t)
	var p *looptest.Pending[woken]
	r.On(0, func(l *loop.Loop, tab *asyncops.Table) {
		kept, freed := r.s.Op(l, time.Hour), r.s.Op(l, time.Hour)
		tok1, _, _ := tab.Begin(l, kept, 0, nil)
		tok2, _, _ := tab.Begin(l, freed, 0, nil)
		tab.Abandon(l, tok1)
		tab.Abandon(l, tok2)
		freed.Free(l)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers left armed", n)
		}
		p = r.beginOn(l, time.Millisecond, 0)
	})
	if w := p.Wait(); w.out != asyncops.Completed {
		t.Errorf("the pause after them ended as %v", w.out)
	}
}

// A pause costs no garbage.
func TestPauseDoesNotAllocate(t *testing.T) {
	r := newRig(t)
	r.On(0, func(l *loop.Loop, tab *asyncops.Table) {
		if n := testing.AllocsPerRun(1000, func() {
			op := r.s.Op(l, time.Second)
			tok, _, _ := tab.Begin(l, op, 0, nil)
			tab.Abandon(l, tok)
			op.Free(l)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}
