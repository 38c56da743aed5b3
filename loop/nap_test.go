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
	for i := range int64(500) {
		for end := time.Now().Add(rand.N(time.Duration(napMax * 5 / 4))); time.Now().Before(end); {
			runtime.Gosched()
		}
		g.Mailbox(0).Post(task)
		eventually(t, "the task runs", func() bool { return ran.Load() > i })
	}
	if n := naps(g); n < 100 {
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
