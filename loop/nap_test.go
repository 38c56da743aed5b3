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
	g.NoteProcs()
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

// An fd that is closed in the course of naps is closed in the end.
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

// An fd is released and its number reused while an event of it is still to be handed out,
// and the successor has events of its own.
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
	for range 10 { // what was left of that pass is over by then
		g.Do(0, func(*Loop) {})
	}
	g.Do(0, func(*Loop) {
		if calls != 1 || told != 1 {
			t.Errorf("the successor was told of %d events, want its own; %d of the former ones", told, calls)
		}
	})
	g.Stop() // before the other ends are closed, which is an event
}

// "Any other loop sleeps": it naps when it is woken often, sleeps when it is not, and
// naps again, and is woken in either state by whatever comes.
func TestNapsAndSleepsInTurn(t *testing.T) {
	needNaps(t)
	g := newGroup(t, Config{Loops: 1}, nil)
	for range 20 {
		before := naps(g)
		g.Do(0, restless)
		eventually(t, "the loop naps", func() bool { return naps(g) > before })
		g.Do(0, func(l *Loop) { l.napper.gap = 8 * napGap })
		g.Do(0, func(*Loop) {})
	}
}

// A loop that does not nap is woken by a timer as well.
func TestTimerEndsSleep(t *testing.T) {
	needNaps(t)
	var k timer.Kind
	fired := make(chan bool, 1)
	g := newGroup(t, Config{Loops: 1}, func(g *Group) {
		k = g.NewKind(func(*Loop, uint64) { fired <- true })
	})
	g.Do(0, func(l *Loop) { l.group.spare.Store(false) })
	for range 20 {
		g.Do(0, func(l *Loop) { l.After(time.Millisecond, k, 0) })
		receive(t, fired)
	}
}

// "That is only fair while it is short, and others have a P to run on": what a napping loop
// sets going runs at once, on another P, and not only when Go's monitor has the loop give
// way, after 10 ms or more. Here the loop does nothing but nap, and is woken each 200 µs.
// A machine with other things to do may be late now and then, so what counts is most times.
func TestOthersRunWhileLoopNaps(t *testing.T) {
	needNaps(t)
	const tries, most = 21, 40 // wake-ups until it runs: 8 ms
	work := make(chan func())
	defer close(work)
	go func() {
		for f := range work {
			f()
		}
	}()
	for name, start := range map[string]func(f func()){
		"go":      func(f func()) { go f() },
		"channel": func(f func()) { work <- f }, // to one who waits already
	} {
		g := newGroup(t, Config{Loops: 1}, nil)
		late := 0
		for range tries {
			if wakeupsUntil(t, g, start) > most {
				late++
			}
		}
		if late > tries/2 {
			t.Errorf("%s: %d of %d ran only when the loop had been woken %d times", name, late, tries, most)
		}
	}
}

// wakeupsUntil has the loop start something in the midst of naps, and returns how often it
// is woken until that has run.
func wakeupsUntil(t *testing.T, g *Group, start func(f func())) int {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	var ran atomic.Bool
	wakeups, done := 0, make(chan int, 1)
	each := handle(func(l *Loop, w *Watch, _ Events) {
		var ticks [8]byte
		_, _ = unix.Read(w.FD(), ticks[:]) // which sets it again
		restless(l)
		switch wakeups++; {
		case wakeups == 10:
			start(func() { ran.Store(true) })
		case ran.Load():
			w.Close(l)
			done <- wakeups - 10
		}
	})
	g.Do(0, func(l *Loop) {
		if _, err := l.Watch(fd, Readable, each); err != nil {
			t.Error(err)
		}
		every := unix.NsecToTimespec(int64(200 * time.Microsecond))
		_ = unix.TimerfdSettime(fd, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil)
	})
	return receive(t, done)
}
