package loop

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/timer"
)

// needNaps skips a test where no loop naps: on old kernels, and where nobody else would
// have a P.
func needNaps(t testing.TB) {
	t.Helper()
	if _, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT2, ^uintptr(0), 0, 0, 0, 0, 0); errno == unix.ENOSYS {
		t.Skip("this kernel has no epoll_pwait2")
	}
	if runtime.GOMAXPROCS(0) < 2 {
		t.Skip("there is one P")
	}
}

// restless has l nap after its next passes, as if it had been woken often.
func restless(l *Loop) { l.napper.gap = 0 }

func naps(g *Group) (n uint64) {
	g.Do(0, func(l *Loop) { n = l.napper.count })
	return n
}

// "A loop that is seldom woken does not nap", one that is woken often does. If this
// fails after an upgrade of gnet, look at epollFD.
func TestNapsWhenBusy(t *testing.T) {
	needNaps(t)
	g := newGroup(t, Config{Loops: 1}, nil)
	if n := naps(g); n != 0 {
		t.Errorf("%d naps at once", n)
	}
	eventually(t, "the loop naps", func() bool {
		for range 100 {
			g.Do(0, func(*Loop) {})
		}
		return naps(g) > 0
	})
}

// A loop without a P to spare leaves its own to others.
func TestNoNapsWithoutSpareP(t *testing.T) {
	g := newGroup(t, Config{Loops: runtime.GOMAXPROCS(0)}, nil)
	for range 1000 {
		g.Do(0, restless)
	}
	if n := naps(g); n != 0 {
		t.Errorf("%d naps", n)
	}
}

// Loops that nap stop it when the P to spare is taken away.
func TestNapsEndWithSpareP(t *testing.T) {
	needNaps(t)
	g := newGroup(t, Config{Loops: 1}, nil)
	was := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(was)
	before := naps(g)
	for range 1000 {
		g.Do(0, restless)
	}
	if n := naps(g) - before; n > 1 { // one may have been under way
		t.Errorf("%d naps", n)
	}
}

// A task that is posted at any moment of a nap, or on the way to or from one, runs. A
// lost wake-up shows as a test that does not end.
func TestPostDuringNap(t *testing.T) {
	needNaps(t)
	g := newGroup(t, Config{Loops: 1}, nil)
	var ran atomic.Int64
	task := &Task{Run: func(l *Loop) {
		restless(l)
		ran.Add(1)
	}}
	for i := range int64(300) {
		for end := time.Now().Add(rand.N(time.Duration(napMax * 5 / 4))); time.Now().Before(end); {
			runtime.Gosched()
		}
		g.Mailbox(0).Post(task)
		eventually(t, "the task runs", func() bool { return ran.Load() > i })
	}
	if n := naps(g); n == 0 {
		t.Errorf("%d naps", n)
	}
}

// A timer that is due in the course of a nap ends it, and does not fire early. The
// timerfd is not needed for that.
func TestTimerEndsNap(t *testing.T) {
	needNaps(t)
	fired := make(chan bool, 1)
	var due int64
	var k timer.Kind
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		k = g.NewKind(func(l *Loop, _ uint64) { fired <- l.Reading() >= due })
	})
	for range 20 {
		g.Do(0, func(l *Loop) {
			restless(l)
			due = l.Reading() + napMax/4
			l.After(time.Duration(due-l.Now()), k, 0)
		})
		if !receive(t, fired) {
			t.Error("too early")
		}
	}
}

// An fd that is closed in the course of naps is closed in the end, although only passes
// of the poller count for that.
func TestCloseDuringNap(t *testing.T) {
	needNaps(t)
	g := newGroup(t, Config{Loops: 1}, nil)
	for range 50 {
		a, b := pair(t)
		g.Do(0, func(l *Loop) {
			restless(l)
			if _, err := l.Watch(a, Readable, handle(func(l *Loop, w *Watch, _ Events) { w.Close(l) })); err != nil {
				t.Error(err)
			}
		})
		_, _ = unix.Write(b, []byte("x"))
		eventually(t, "the fd is closed", func() bool { return !isOpen(a) })
		_ = unix.Close(b)
	}
}

// Stop ends a loop in its nap.
func TestStopDuringNap(t *testing.T) {
	for range 50 {
		g, err := New(Config{Loops: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Start(); err != nil {
			t.Fatal(err)
		}
		g.Do(0, restless)
		g.Stop()
	}
}

// "What is due and what was posted get their turn": in a nap that many slow events end,
// too.
func TestTimerBetweenEventsOfNap(t *testing.T) {
	needNaps(t)
	const fds = 20
	var k timer.Kind
	calls := 0
	fired, posted := make(chan int, 1), make(chan int, 1)
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		k = g.NewKind(func(*Loop, uint64) { fired <- calls })
	})
	slow := handle(func(l *Loop, w *Watch, _ Events) {
		if calls++; calls == 1 {
			l.Mailbox().Post(&Task{Run: func(*Loop) { posted <- calls }})
		}
		for end := l.Reading() + int64(2*time.Millisecond); l.Reading() < end; {
		}
		w.Close(l)
	})
	eventually(t, "the loop naps", func() bool {
		g.Do(0, restless)
		return naps(g) > 0
	})
	g.Do(0, func(l *Loop) {
		restless(l)
		for range fds {
			a, b := pair(t)
			t.Cleanup(func() { _ = unix.Close(b) })
			if _, err := l.Watch(a, Readable, slow); err != nil {
				t.Error(err)
			}
			_, _ = unix.Write(b, []byte("x"))
		}
		l.After(time.Millisecond, k, 0)
	})
	if n := receive(t, fired); n == fds {
		t.Errorf("the timer fired after all %d events", n)
	}
	if n := receive(t, posted); n == fds {
		t.Errorf("the task ran after all %d events", n)
	}
}

// An fd is released and its number reused while the poller still holds an event of it,
// and the successor has events of its own, in a nap, before that comes up.
func TestReuseBeforeNap(t *testing.T) {
	needNaps(t)
	a, fromA := pair(t)
	b, fromB := pair(t)
	fresh, fromFresh := pair(t)
	for _, fd := range []int{fromA, fromB, fresh, fromFresh} {
		defer unix.Close(fd)
	}
	watches := map[int]*Watch{}
	calls, told := 0, 0
	successor := handle(func(_ *Loop, w *Watch, _ Events) {
		var buf [1]byte
		_, _ = unix.Read(w.FD(), buf[:])
		told++
	})
	first := handle(func(l *Loop, w *Watch, _ Events) {
		var buf [1]byte
		_, _ = unix.Read(w.FD(), buf[:])
		calls++
		number := watches[a+b-w.FD()].Release(l)
		_ = unix.Dup3(fresh, number, unix.O_CLOEXEC) // closes it and reuses the number
		if _, err := l.Watch(number, Readable, successor); err != nil {
			t.Error(err)
		}
		_, _ = unix.Write(fromFresh, []byte("x"))
		restless(l)
	})
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		watches[a], _ = l.Watch(a, Readable, first)
		watches[b], _ = l.Watch(b, Readable, first)
		// Both become ready while the loop is busy here: in one pass.
		_, _ = unix.Write(fromA, []byte("x"))
		_, _ = unix.Write(fromB, []byte("x"))
	})
	for range 2 * napsInARow { // by then the poller has had its turn
		g.Do(0, func(*Loop) {})
	}
	g.Do(0, func(*Loop) {
		if calls != 1 || told != 1 {
			t.Errorf("the successor was told of %d events, want its own; %d of the former ones", told, calls)
		}
	})
	g.Stop() // before the other ends are closed, which is an event
}
