package loop

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/invariants"
)

// Tasks of one poster run in the order of posting; none is lost, whoever posts and
// whether the loop sleeps or not. A lost wake-up shows as a test that does not end.
func TestMailboxManyPosters(t *testing.T) {
	const posters, each = 8, 20_000
	g := newGroup(t, Config{Loops: 1}, nil)
	var last [posters]int
	var wg sync.WaitGroup
	wg.Add(posters * each)
	for p := range posters {
		go func() {
			for i := 1; i <= each; i++ {
				g.Mailbox(0).Post(&Task{Run: func(*Loop) {
					if i != last[p]+1 {
						t.Errorf("poster %d: task %d came after %d", p, i, last[p])
					}
					last[p] = i
					wg.Done()
				}})
				if i%(p+2) == 0 {
					runtime.Gosched() // lets the loop fall asleep now and then
				}
			}
		}()
	}
	wg.Wait()
	eventually(t, "all are counted", func() bool { return g.Snapshot().Posts == posters*each })
}

// Two loops that wake each other: each hop finds the other asleep or about to be.
func TestMailboxPingPong(t *testing.T) {
	const hops, balls = 20_000, 3
	g := newGroup(t, Config{Loops: 2}, nil)
	var wg sync.WaitGroup
	for range balls {
		wg.Add(1)
		left := hops
		ball := new(Task)
		ball.Run = func(l *Loop) {
			if left--; left == 0 {
				wg.Done()
				return
			}
			g.Mailbox(1 - l.Index()).Post(ball)
		}
		g.Mailbox(0).Post(ball)
	}
	wg.Wait()
}

// One task at a time, each after the last has run: the loop is asleep, falling
// asleep or waking up when the next comes.
func TestMailboxOneByOne(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	var ran atomic.Int64
	task := &Task{Run: func(*Loop) { ran.Add(1) }}
	for i := range int64(30_000) {
		g.Mailbox(0).Post(task)
		for spin := 0; ran.Load() == i; spin++ {
			if spin > 100 {
				time.Sleep(time.Microsecond) // the loop needs the CPU
			}
		}
	}
}

// A busy loop is not woken: that costs a system call, and a thread's wake-up.
func TestMailboxNoWakeWhenAwake(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		before := l.Stats().Wakes
		for range 100 {
			l.Mailbox().Post(&Task{Run: func(*Loop) {}})
		}
		if n := l.Stats().Wakes - before; n != 0 {
			t.Errorf("%d wakes while awake", n)
		}
	})
}

// A task may post itself again, without end, and others still get their turn.
func TestMailboxSelfPost(t *testing.T) {
	var fired atomic.Bool
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		k := g.NewKind(func(*Loop, uint64) { fired.Store(true) })
		g.Do(0, func(l *Loop) { l.After(time.Millisecond, k, 0) })
	})
	again := new(Task)
	again.Run = func(l *Loop) {
		if !fired.Load() {
			l.Mailbox().Post(again)
		}
	}
	g.Mailbox(0).Post(again)
	eventually(t, "the timer fires", fired.Load)
}

func TestPostTwice(t *testing.T) {
	if !invariants.Enabled {
		t.Skip("checked with invariants only")
	}
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		task := &Task{Run: func(*Loop) {}}
		l.Mailbox().Post(task)
		defer func() {
			if recover() == nil {
				t.Error("a task was posted twice")
			}
		}()
		l.Mailbox().Post(task)
	})
}

// Deferred tasks run at the end of the pass, in order, after what posted them; one
// that defers again has its turn too.
func TestDefer(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	var order []int
	g.Do(0, func(l *Loop) {
		again := &Task{Run: func(*Loop) { order = append(order, 3) }}
		l.Defer(&Task{Run: func(l *Loop) { order = append(order, 1); l.Defer(again) }})
		l.Defer(&Task{Run: func(*Loop) { order = append(order, 2) }})
		if len(order) != 0 {
			t.Error("deferred tasks ran at once")
		}
	})
	eventually(t, "all three ran", func() (ran bool) { // a post may come before what is deferred twice
		g.Do(0, func(*Loop) { ran = len(order) == 3 })
		return ran
	})
	if order[0] != 1 || order[1] != 2 || order[2] != 3 {
		t.Errorf("order = %v", order)
	}
}

// A panic in a task is counted, and the next task runs.
func TestPanicInTask(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(*Loop) { panic("boom") })
	ran := false
	g.Do(0, func(l *Loop) { ran = l.Stats().Panics == 1 })
	if !ran {
		t.Errorf("%+v", g.Snapshot())
	}
}

func TestPostAllocs(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		task := &Task{Run: func(*Loop) {}}
		if n := testing.AllocsPerRun(1000, func() {
			l.Mailbox().Post(task)
			l.runInbox()
		}); n != 0 {
			t.Errorf("%v allocations per task, want 0", n)
		}
	})
}

// Posting to a group that has stopped does nothing, and does not write to an fd
// that may be somebody else's by now.
func TestPostAfterStop(t *testing.T) {
	g := newGroup(t, Config{Loops: 2}, nil)
	var posters sync.WaitGroup
	for range 4 {
		posters.Go(func() {
			for i := range 20_000 {
				g.Mailbox(i % 2).Post(&Task{Run: func(*Loop) {}})
			}
		})
	}
	g.Stop()
	wakes := g.Snapshot().Wakes
	posters.Wait()
	if now := g.Snapshot().Wakes; now != wakes {
		t.Errorf("%d writes to closed eventfds", now-wakes)
	}
	g.Do(0, func(*Loop) { t.Error("Do ran after Stop") })
	g.Stop()
}

func BenchmarkPostAwake(b *testing.B) {
	g := newGroup(b, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		task := &Task{Run: func(*Loop) {}}
		b.ReportAllocs()
		for b.Loop() {
			l.Mailbox().Post(task)
			l.runInbox()
		}
	})
}
