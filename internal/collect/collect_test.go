package collect

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// A collection is due just before Go would begin it, and only where it is worth it.
func TestDue(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		h      heap
		passed time.Duration
		took   time.Duration
		due    bool
	}{
		"nothing is new":             {heap{live: 100 * mib, used: 101 * mib, goal: 300 * mib}, time.Second, 0, false},
		"far from the goal":          {heap{live: 100 * mib, used: 220 * mib, goal: 300 * mib}, time.Second, 0, false},
		"near the goal":              {heap{live: 100 * mib, used: 232 * mib, goal: 300 * mib}, time.Second, 0, true},
		"beyond it":                  {heap{live: 100 * mib, used: 310 * mib, goal: 300 * mib}, time.Second, 0, true},
		"a small heap":               {heap{live: 10 * mib, used: 29 * mib, goal: 30 * mib}, time.Second, 0, false},
		"none for long":              {heap{live: 100 * mib, used: 101 * mib, goal: 300 * mib}, 111 * time.Second, 0, true},
		"none of a small heap":       {heap{live: 10 * mib, used: 11 * mib, goal: 30 * mib}, 111 * time.Second, 0, false},
		"GOGC=off":                   {heap{live: 100 * mib, used: 900 * mib, goal: math.MaxUint64}, 111 * time.Second, 0, false},
		"one has just been":          {heap{live: 100 * mib, used: 290 * mib, goal: 300 * mib}, 3 * time.Second, 200 * time.Millisecond, false},
		"the heap is at its limit":   {heap{live: 300 * mib, used: 301 * mib, goal: 290 * mib}, 3 * time.Second, 200 * time.Millisecond, false},
		"long enough has gone by":    {heap{live: 100 * mib, used: 290 * mib, goal: 300 * mib}, 5 * time.Second, 200 * time.Millisecond, true},
		"less is used than was live": {heap{live: 100 * mib, used: 90 * mib, goal: 300 * mib}, time.Second, 0, false},
	} {
		from := time.Now()
		w := watch{since: from}
		w.took(c.took)
		if due := w.due(c.h, from.Add(c.passed)); due != c.due {
			t.Errorf("%s: %v", name, due)
		}
	}
}

// What counts is the last collection that there was, Go's own among them.
func TestOwnCollectionsCount(t *testing.T) {
	from := time.Now()
	w := watch{since: from}
	h := heap{live: worth, used: worth, goal: 3 * worth, cycles: 1}
	if w.due(h, from.Add(period+time.Second)) {
		t.Error("due right after a collection")
	}
	if !w.due(h, from.Add(2*period+time.Second)) {
		t.Error("not due long after it")
	}
}

// Ps are as many as before when it is over, each change has been told, and a collection
// there was.
func TestWith(t *testing.T) {
	was := runtime.GOMAXPROCS(3)
	defer runtime.GOMAXPROCS(was)
	for procs, told := range map[int]int{0: 0, 1: 2, 2: 2, 5: 0} {
		before := newWatch().look().cycles
		changes := 0
		With(procs, func() { changes++ })
		if n := runtime.GOMAXPROCS(0); n != 3 {
			t.Errorf("GOMAXPROCS is %d", n)
		}
		if changes != told {
			t.Errorf("with %d: %d changes told, want %d", procs, changes, told)
		}
		if newWatch().look().cycles == before {
			t.Error("nothing was collected")
		}
	}
}

// Garbage is collected by Watch, before Go would.
func TestWatch(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	keep := make([]byte, worth)
	runtime.GC()
	w := newWatch()
	before := w.look()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { Watch(1, func() {}, stop); close(done) }()
	garbage := make([]byte, before.live+uint64(0.68*float64(before.goal-before.live))-before.used)
	for deadline := time.Now().Add(10 * time.Second); w.look().cycles == before.cycles; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was collected: %+v", w.look())
		}
	}
	close(stop)
	<-done
	runtime.KeepAlive(keep)
	runtime.KeepAlive(garbage)
}
