package asyncops_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// asks is an op that says what it asks.
type asks struct {
	op
	b *asyncops.Backend
}

func (a *asks) Backend() *asyncops.Backend { return a.b }

// "The Table of each loop measures all operations that say they ask it": how they end,
// on all loops, and how many are under way. A refused or abandoned one took no time
// that anybody wants to know.
func TestMeter(t *testing.T) {
	r := looptest.New(t, 2)
	b := r.Ops.Backend("sql", "db1")
	r.Start()
	for i := range 2 {
		r.Group.Do(i, func(l *loop.Loop) {
			tab := r.Ops.On(l)
			for _, out := range []asyncops.Outcome{asyncops.Completed, asyncops.Failed, asyncops.Overloaded, asyncops.Unavailable} {
				tab.Begin(l, &asks{op{atStart: true, out: out}, b}, 0, quiet{})
				a := &asks{b: b}
				tab.Begin(l, a, 0, quiet{})
				if n := b.Usage(); n.InFlight() != 1 {
					t.Errorf("%d in flight, want 1", n.InFlight())
				}
				a.done.Done(l, out)
				a.done.Done(l, out) // counts once
			}
			tok, _, _ := tab.Begin(l, &asks{b: b}, 0, quiet{})
			tab.Abandon(l, tok)
			tab.Abandon(l, tok)
		})
	}
	want := asyncops.Ends{Completed: 4, Failed: 4, Overloaded: 4, Unavailable: 4, Abandoned: 2}
	if u := b.Usage(); u.Ends != want || u.Begun != 18 || u.InFlight() != 0 || u.Latency.N != 8 {
		t.Errorf("counted %+v of %d, %d latencies; want %+v of 18, 8", u.Ends, u.Begun, u.Latency.N, want)
	}
	if begun, e := b.Ends(); begun != 18 || e != want {
		t.Errorf("Ends are %d, %+v", begun, e)
	}
}

// The deadline counts as TimedOut, with the time that it took; how much too late it was
// is measured for all backends together.
func TestMeterTimesOut(t *testing.T) {
	r := looptest.New(t, 1)
	b := r.Ops.Backend("sql", "db1")
	r.Start()
	h := &heard{told: make(chan struct{})}
	r.Group.Do(0, func(l *loop.Loop) { r.Ops.On(l).Begin(l, &asks{b: b}, 40*time.Millisecond, h) })
	looptest.Receive(t, "the deadline", h.told)
	u := b.Usage()
	if u.TimedOut != 1 || u.Latency.N != 1 || u.Latency.Sum < uint64(40*time.Millisecond) {
		t.Errorf("%d timed out, after %d ns", u.TimedOut, u.Latency.Sum)
	}
	if d := r.Ops.Lateness(); d.N != 1 {
		t.Errorf("%d late, want 1", d.N)
	}
	if d, all := r.Ops.LatenessBeyondLag(), r.Ops.Lateness(); d.N != 1 || d.Sum > all.Sum {
		t.Errorf("%d late beyond the lag, by %d ns of %d", d.N, d.Sum, all.Sum)
	}
}

// "Nil, or an Op that is not Metered, counts as op other."
func TestMeterOfNobody(t *testing.T) {
	r := looptest.New(t, 1)
	r.Start()
	r.Group.Do(0, func(l *loop.Loop) {
		r.Ops.On(l).Begin(l, &op{atStart: true}, 0, quiet{})
		r.Ops.On(l).Begin(l, &asks{op: op{atStart: true}}, 0, quiet{})
	})
	if u := r.Ops.Backend("other", "").Usage(); u.Completed != 2 {
		t.Errorf("%d counted, want 2", u.Completed)
	}
}

// "There are at most MaxBackends for each op. What is asked for beyond them shares the
// name OtherBackends." The same name gives the same Backend.
func TestBackendsAreBounded(t *testing.T) {
	r := looptest.New(t, 1)
	s := r.Ops
	for i := range 3 * asyncops.MaxBackends {
		b := s.Backend("rest", fmt.Sprint("http://host-", i))
		if want := i >= asyncops.MaxBackends; (b.Name() == asyncops.OtherBackends) != want {
			t.Fatalf("backend %d is called %q", i, b.Name())
		}
	}
	if s.Backend("rest", "http://host-5") != s.Backend("rest", "http://host-5") || s.Backend("rest", "new") != s.Backend("rest", "other") {
		t.Error("one name, two backends")
	}
	if s.Backend("sql", "db") == s.Backend("sql", "db2") || s.Backend("sql", "db").Op() != "sql" {
		t.Error("two names, one backend")
	}
	list := s.Backends()
	if len(list) != asyncops.MaxBackends+1+1+2 {
		t.Errorf("%d backends", len(list))
	}
	if list[0].Op() != "other" || list[len(list)-1].Name() != "db2" {
		t.Error("not sorted")
	}
}

// A Meter shows while a Breaker is open, and how often it opened.
func TestMeterShowsBreaker(t *testing.T) {
	r := looptest.New(t, 1)
	b := r.Ops.Backend("sql", "db")
	br := asyncops.NewBreaker(asyncops.BreakerConfig{Failures: 2}).ShownBy(b.Meter(0))
	want := func(down int64, opened uint64) {
		t.Helper()
		if u := b.Usage(); u.Down != down || u.Opened != opened {
			t.Errorf("down %d, opened %d; want %d, %d", u.Down, u.Opened, down, opened)
		}
	}
	br.Failure(0)
	want(0, 0)
	br.Failure(0)
	br.Failure(0)
	want(1, 1)
	br.Success()
	br.Success()
	want(0, 1)
}

func TestMeterDoesNotAllocate(t *testing.T) {
	r := looptest.New(t, 1)
	b := r.Ops.Backend("sql", "db")
	r.Start()
	r.Group.Do(0, func(l *loop.Loop) {
		a, tab := &asks{b: b}, r.Ops.On(l)
		if n := testing.AllocsPerRun(1000, func() {
			tab.Begin(l, a, 0, quiet{})
			a.done.Done(l, asyncops.Completed)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}
