package loop

import (
	"io"
	"runtime"
	"testing"
	"time"
	"unsafe"
)

func TestConfig(t *testing.T) {
	for _, cfg := range []Config{{Loops: -1}, {Loops: 5000}, {LogRing: -1}, {HandOver: -3}, {SlotPool: -1}, {OutPool: -1}} {
		if g, err := New(cfg); err == nil {
			g.Stop()
			t.Errorf("%+v is accepted", cfg)
		}
	}
	g := newGroup(t, Config{}, nil)
	if n := g.Len(); n < 1 || n > runtime.NumCPU() {
		t.Errorf("%d loops by default", n)
	}
	if err := g.Start(); err == nil {
		t.Error("started twice")
	}
	g.Stop()
	if err := g.Start(); err == nil {
		t.Error("started after Stop")
	}
}

// A group that never ran leaves nothing behind either; goleak sees to the
// goroutines.
func TestStopWithoutStart(t *testing.T) {
	g, err := New(Config{Loops: 3, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	u := mustListen(t, g, UDPConfig{Bind: localhost4, Recv: echo})
	fd, eventfd := u.sockets[2].fd, g.loops[1].inbox.eventfd
	g.Stop()
	g.Stop()
	if isOpen(fd) || isOpen(eventfd) {
		t.Error("fds are open after Stop")
	}
}

// A loop that is told to end before its first pass ends, though nothing would
// ever wake it.
func TestStopAtOnce(t *testing.T) {
	for range 200 {
		newGroup(t, Config{Loops: 3}, nil).Stop()
	}
}

// What is set up before Start is there from the first pass on.
func TestDoBeforeStart(t *testing.T) {
	ran := make(chan string, 3)
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		k := g.NewKind(func(*Loop, uint64) { ran <- "timer" })
		g.Do(0, func(l *Loop) {
			l.After(10*time.Millisecond, k, 0)
			l.Mailbox().Post(&Task{Run: func(*Loop) { ran <- "task" }})
			l.Defer(&Task{Run: func(*Loop) { ran <- "deferred" }})
		})
	})
	for _, want := range []string{"task", "deferred", "timer"} {
		if got := receive(t, ran); got != want {
			t.Errorf("%s ran, want %s", got, want)
		}
	}
}

// Each loop has its own T, and no two share a cache line.
func TestLocal(t *testing.T) {
	g := newGroup(t, Config{Loops: 3}, nil)
	x := NewLocal(g, func(i int) int { return 10 * i })
	zero := NewLocal[string](g, nil)
	var at [3]uintptr
	for i := range 3 {
		g.Do(i, func(l *Loop) {
			if *x.On(l) != 10*i || *zero.On(l) != "" || l.Index() != i || l.Count() != 3 {
				t.Errorf("loop %d of %d has %d and %q", l.Index(), l.Count(), *x.On(l), *zero.On(l))
			}
			at[i] = uintptr(unsafe.Pointer(x.On(l)))
		})
	}
	if at[1]-at[0] < 64 || at[2]-at[1] < 64 {
		t.Errorf("Ts at %x", at)
	}
}

// A Mailbox is a value: equal ones lead to the same loop.
func TestMailboxIsComparable(t *testing.T) {
	g := newGroup(t, Config{Loops: 2}, nil)
	g.Do(1, func(l *Loop) {
		if l.Mailbox() != g.Mailbox(1) || l.Mailbox() == g.Mailbox(0) {
			t.Error("mailboxes do not compare")
		}
	})
}
