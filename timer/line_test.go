package timer_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fastsips/fastsips/timer"
)

// A line's timers fire as if each had been armed on the wheel: never early, in the first
// Advance a tick past their time, by tick. Those of one tick come behind the wheel's.
func TestLinesFireInTime(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := timer.New(0), timer.New(0)
	short, long := a.Line(5000*ms, 0), a.Line(32_000*ms, 0)
	var now int64
	for n := uint64(1); n < 50_000; n++ {
		now += r.Int64N(3 * ms)
		switch r.IntN(3) {
		case 0:
			short.Arm(now, n)
			b.Arm(now+5000*ms, 0, n)
		case 1:
			long.Arm(now, n)
			b.Arm(now+32_000*ms, 0, n)
		default:
			at := now + r.Int64N(40_000*ms)
			a.Arm(at, 0, n)
			b.Arm(at, 0, n)
		}
		if got, want := fired(a, now), fired(b, now); !sameTick(got, want) || a.Len() != b.Len() {
			t.Fatalf("at %d: fired %v, want %v; %d and %d armed", now, got, want, a.Len(), b.Len())
		}
		at, ok := a.Next()
		if due, armed := b.Next(); ok != armed || at > now+ms && due <= now {
			t.Fatalf("at %d: Next is %d, %v", now, at, ok)
		}
	}
	if got, want := fired(a, now+60_000*ms), fired(b, now+60_000*ms); len(got) != len(want) {
		t.Errorf("%d fired at the end, want %d", len(got), len(want))
	}
	if _, ok := a.Next(); ok || a.Len() != 0 {
		t.Errorf("%d armed, Next %v after all have fired", a.Len(), ok)
	}
}

// sameTick compares what fired within a tick or a few: the order there is not the same.
func sameTick(a, b []uint64) bool {
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// Next is what the loop sleeps until: no later than a line's first timer.
func TestNextSeesLines(t *testing.T) {
	w := timer.New(0)
	q := w.Line(10*ms, 3)
	q.Arm(5*ms, 1)
	w.Arm(100*ms, 0, 2)
	if at, ok := w.Next(); !ok || at > 15*ms {
		t.Errorf("Next = %d, %v; the line's timer is due at %d", at, ok, 15*ms)
	}
	want(t, fired(w, 15*ms-1))
	w.Advance(200*ms, func(k timer.Kind, ref uint64) {
		if ref == 1 && k != 3 || ref == 2 && k != 0 {
			t.Errorf("timer %d fired as kind %d", ref, k)
		}
	})
}

// What a line's timer arms at once waits for its own time, in the same line as well.
func TestLineArmedInsideFire(t *testing.T) {
	w := timer.New(0)
	q := w.Line(10*ms, 0)
	q.Arm(0, 1)
	var got []uint64
	fire := func(_ timer.Kind, ref uint64) {
		if got = append(got, ref); ref == 1 {
			q.Arm(10*ms, 2)
			w.Arm(11*ms, 0, 3)
			w.Arm(10*ms, 0, 4) // past: for the next Advance
		}
	}
	w.Advance(19*ms, fire)
	want(t, got, 1, 3)
	w.Advance(20*ms, fire)
	want(t, got, 1, 3, 4, 2)
}

// A line keeps the memory of its greatest length, and grows no further.
func TestLineUsesItsMemoryAgain(t *testing.T) {
	w := timer.New(0)
	q := w.Line(1000*ms, 0)
	crowd := func(from int64) {
		for i := range int64(2000) {
			q.Arm(from+i*ms/2, 7)
			w.Advance(from+i*ms/2, func(timer.Kind, uint64) {})
		}
		w.Advance(from+5000*ms, func(timer.Kind, uint64) {})
	}
	crowd(0)
	before := w.Bytes()
	for i := range int64(10) {
		crowd(10_000 * ms * (i + 1))
	}
	if w.Bytes() != before {
		t.Errorf("%d bytes, at first %d", w.Bytes(), before)
	}
}
