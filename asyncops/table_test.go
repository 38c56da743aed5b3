package asyncops_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
	"go.uber.org/goleak"
)

// op is an operation that the test ends by hand.
type op struct {
	done      asyncops.Completion
	deadline  int64
	atStart   bool // ends within Start
	out       asyncops.Outcome
	cancelled int
}

func (o *op) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	o.done, o.deadline = c, deadline
	if o.atStart {
		c.Done(l, o.out)
	}
}

func (o *op) Cancel(*loop.Loop) { o.cancelled++ }

// heard is a waiter that notes what it is told.
type heard struct {
	got  []asyncops.Outcome
	ops  []asyncops.Op
	also func(l *loop.Loop)
	told chan struct{}
}

func (h *heard) Resume(l *loop.Loop, o asyncops.Op, out asyncops.Outcome) {
	h.got, h.ops = append(h.got, out), append(h.ops, o)
	if h.also != nil {
		h.also(l)
	}
	if h.told != nil {
		close(h.told)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// def is the default deadline.
const def = time.Minute

// oneLoop returns a function that runs another on a loop, with its Table.
func oneLoop(t *testing.T) (run func(func(*loop.Loop, *asyncops.Table))) {
	t.Helper()
	r := looptest.New(t, 1)
	set := asyncops.NewSet(r.Group, def)
	r.Start()
	return func(f func(*loop.Loop, *asyncops.Table)) {
		r.Group.Do(0, func(l *loop.Loop) { f(l, set.On(l)) })
	}
}

func wantOutcomes(t *testing.T, h *heard, want ...asyncops.Outcome) {
	t.Helper()
	if fmt.Sprint(h.got) != fmt.Sprint(want) {
		t.Errorf("the waiter was told %v, want %v", h.got, want)
	}
}

func wantInFlight(t *testing.T, tab *asyncops.Table, n int) {
	t.Helper()
	if got := tab.InFlight(); got != n {
		t.Errorf("%d operations in flight, want %d", got, n)
	}
}

// "Otherwise w.Resume is called later, exactly once."
func TestWaiterIsToldOnce(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var o op
		var h heard
		_, _, pending := tab.Begin(l, &o, 0, &h)
		if !pending || !o.done.Live() {
			t.Errorf("pending %v, live %v; want both", pending, o.done.Live())
		}
		if want := l.Now() + int64(def); o.deadline != want {
			t.Errorf("deadline %d, want now and the default, %d", o.deadline, want)
		}
		wantInFlight(t, tab, 1)
		if !o.done.Done(l, asyncops.Failed) {
			t.Error("the first Done came too late")
		}
		if o.done.Done(l, asyncops.Completed) || o.done.Live() {
			t.Error("the second Done was in time")
		}
		wantOutcomes(t, &h, asyncops.Failed)
		if h.ops[0] != &o {
			t.Error("resumed with another operation")
		}
		wantInFlight(t, tab, 0)
	})
}

// "If op ends within its Start, Begin returns its outcome and w is not called."
func TestCompletionInsideStart(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		o := op{atStart: true, out: asyncops.Overloaded}
		var h heard
		tok, out, pending := tab.Begin(l, &o, 0, &h)
		if tok != 0 || out != asyncops.Overloaded || pending {
			t.Errorf("Begin = %v, %v, %v; want 0, overloaded, false", tok, out, pending)
		}
		if o.done.Done(l, asyncops.Completed) {
			t.Error("a second Done was in time")
		}
		wantOutcomes(t, &h)
		wantInFlight(t, tab, 0)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers were left armed", n)
		}
	})
}

// The deadline beats a slow worker: the operation is cancelled, its waiter is
// told once, and the late answer finds nobody.
func TestDeadlineBeatsSlowWorker(t *testing.T) {
	run := oneLoop(t)
	o, h := new(op), &heard{told: make(chan struct{})}
	run(func(l *loop.Loop, tab *asyncops.Table) { tab.Begin(l, o, 20*time.Millisecond, h) })
	looptest.Receive(t, "the deadline", h.told)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		if l.Now() < o.deadline {
			t.Errorf("resumed %d ns before the deadline", o.deadline-l.Now())
		}
		if o.done.Done(l, asyncops.Completed) {
			t.Error("the late answer was taken")
		}
		wantOutcomes(t, h, asyncops.TimedOut)
		if o.cancelled != 1 {
			t.Errorf("cancelled %d times, want once", o.cancelled)
		}
		wantInFlight(t, tab, 0)
	})
}

// An entry is used again, and a completion of its earlier life does not hit the
// later one.
func TestLateCompletionDoesNotHitSuccessor(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var first, second op
		var h1, h2 heard
		tok1, _, _ := tab.Begin(l, &first, 0, &h1)
		first.done.Done(l, asyncops.Completed)
		tok2, _, _ := tab.Begin(l, &second, 0, &h2)
		if tok1 == tok2 {
			t.Fatal("both have the same token")
		}
		if first.done.Done(l, asyncops.Failed) {
			t.Error("a late completion was taken")
		}
		tab.Abandon(l, tok1)
		wantInFlight(t, tab, 1)
		second.done.Done(l, asyncops.Completed)
		wantOutcomes(t, &h1, asyncops.Completed)
		wantOutcomes(t, &h2, asyncops.Completed)
		if first.cancelled+second.cancelled != 0 {
			t.Error("an operation that had ended was cancelled")
		}
	})
}

// "The operation is cancelled and nobody is resumed."
func TestAbandon(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var o op
		var h heard
		tok, _, _ := tab.Begin(l, &o, 0, &h)
		tab.Abandon(l, tok)
		tab.Abandon(l, tok)
		tab.Abandon(l, 0)
		if o.cancelled != 1 || o.done.Live() || o.done.Done(l, asyncops.Completed) {
			t.Errorf("cancelled %d times, live %v", o.cancelled, o.done.Live())
		}
		wantOutcomes(t, &h)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers were left armed", n)
		}
	})
}

// "Stop: it is cancelled, and its waiter goes on with Cancelled."
func TestStop(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var o op
		var h heard
		tok, _, _ := tab.Begin(l, &o, 0, &h)
		tab.Stop(l, tok)
		tab.Stop(l, tok)
		tab.Stop(l, 0)
		if o.cancelled != 1 || o.done.Live() || o.done.Done(l, asyncops.Completed) {
			t.Errorf("cancelled %d times, live %v", o.cancelled, o.done.Live())
		}
		wantOutcomes(t, &h, asyncops.Cancelled)
		if n := l.Timers().Len(); n != 0 {
			t.Errorf("%d timers were left armed", n)
		}
	})
}

// A waiter may begin and end operations while it is being resumed.
func TestWaiterBeginsTheNext(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		ops := make([]op, 100)
		var h heard
		n := 0
		h.also = func(l *loop.Loop) {
			if n++; n < len(ops) {
				tab.Begin(l, &ops[n], 0, &h)
				ops[n].done.Done(l, asyncops.Completed)
			}
		}
		tab.Begin(l, &ops[0], 0, &h)
		ops[0].done.Done(l, asyncops.Completed)
		if len(h.got) != len(ops) {
			t.Errorf("%d operations ended, want %d", len(h.got), len(ops))
		}
		wantInFlight(t, tab, 0)
	})
}

// A worker carries the completion home; Done is called on the loop.
func TestWorkerCompletion(t *testing.T) {
	run := oneLoop(t)
	workers := asyncops.NewWorkers(1, 1)
	t.Cleanup(workers.Close)
	o, h := new(op), &heard{told: make(chan struct{})}
	run(func(l *loop.Loop, tab *asyncops.Table) {
		tab.Begin(l, o, 0, h)
		home, task := l.Mailbox(), &loop.Task{Run: func(l *loop.Loop) { o.done.Done(l, asyncops.Completed) }}
		if !workers.Submit(func() { home.Post(task) }) {
			t.Error("an idle worker refused")
		}
	})
	looptest.Receive(t, "the worker's answer", h.told)
	run(func(*loop.Loop, *asyncops.Table) { wantOutcomes(t, h, asyncops.Completed) })
}

// "0 allocations": beginning and ending an operation costs no garbage.
func TestBeginDoesNotAllocate(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var o op
		var h quiet
		if n := testing.AllocsPerRun(1000, func() {
			tab.Begin(l, &o, 0, h)
			o.done.Done(l, asyncops.Completed)
			tok, _, _ := tab.Begin(l, &o, 0, h)
			tab.Abandon(l, tok)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}

type quiet struct{}

func (quiet) Resume(*loop.Loop, asyncops.Op, asyncops.Outcome) {}

// Two Sets (two kinds of timers) on one loop do not hear each other's deadlines.
func TestKindsAreApart(t *testing.T) {
	r := looptest.New(t, 1)
	g := r.Group
	a, b := asyncops.NewSet(g, def), asyncops.NewSet(g, def)
	fired := make(chan struct{})
	var kind timer.Kind = g.NewKind(func(*loop.Loop, uint64) { close(fired) })
	r.Start()
	oa, ob := new(op), new(op)
	ha, hb := &heard{told: make(chan struct{})}, new(heard)
	g.Do(0, func(l *loop.Loop) {
		a.On(l).Begin(l, oa, time.Millisecond, ha)
		b.On(l).Begin(l, ob, 0, hb)
		l.After(2*time.Millisecond, kind, 0)
	})
	looptest.Receive(t, "the deadline", ha.told)
	looptest.Receive(t, "the timer", fired)
	g.Do(0, func(*loop.Loop) {
		wantOutcomes(t, ha, asyncops.TimedOut)
		wantOutcomes(t, hb)
	})
}
