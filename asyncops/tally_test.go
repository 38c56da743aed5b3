package asyncops_test

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Each outcome has a count of its own, and Ends sums over loops.
func TestTally(t *testing.T) {
	var one, two asyncops.Tally
	for n, out := range []asyncops.Outcome{asyncops.Completed, asyncops.Failed, asyncops.TimedOut, asyncops.Cancelled, asyncops.Overloaded, asyncops.Unavailable} {
		for range n + 1 {
			one.End(out)
		}
		two.End(out)
	}
	var e asyncops.Ends
	one.AddTo(&e)
	two.AddTo(&e)
	want := asyncops.Ends{Completed: 2, Failed: 3, TimedOut: 4, Abandoned: 5, Overloaded: 6, Unavailable: 7}
	if e != want || e.Sum() != 27 {
		t.Errorf("counted %+v, sum %d; want %+v", e, e.Sum(), want)
	}
	if n := testing.AllocsPerRun(1000, func() { one.End(asyncops.Completed) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// "TimedOut at its deadline, Cancelled before."
func TestWhyCancelled(t *testing.T) {
	oneLoop(t)(func(l *loop.Loop, _ *asyncops.Table) {
		for after, want := range map[int64]asyncops.Outcome{-1: asyncops.TimedOut, 0: asyncops.TimedOut, 1: asyncops.Cancelled} {
			if got := asyncops.WhyCancelled(l, l.Now()+after); got != want {
				t.Errorf("%d ns before the deadline: %v, want %v", after, got, want)
			}
		}
	})
}
