package loop

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// handle is a Handler made of a function.
type handle func(l *Loop, w *Watch, ev Events)

func (h handle) Ready(l *Loop, w *Watch, ev Events) { h(l, w, ev) }

// pair returns two connected non-blocking stream sockets.
func pair(t *testing.T) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p[0], p[1]
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestWatchReadable(t *testing.T) {
	a, b := pair(t)
	defer unix.Close(b)
	got := make(chan string, 4)
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		_, err := l.Watch(a, Readable, handle(func(l *Loop, w *Watch, ev Events) {
			var buf [8]byte
			n, _ := unix.Read(w.FD(), buf[:])
			got <- string(buf[:max(n, 0)])
			if ev&Hangup != 0 {
				w.Close(l)
				w.Close(l) // is a no-op
			}
		}))
		if err != nil {
			t.Error(err)
		}
		if _, err := l.Watch(a, Readable, handle(nil)); err == nil {
			t.Error("an fd is watched twice")
		}
	})
	_, _ = unix.Write(b, []byte("hello"))
	if s := receive(t, got); s != "hello" {
		t.Errorf("read %q", s)
	}
	_ = unix.Shutdown(b, unix.SHUT_RDWR)
	if s := receive(t, got); s != "" {
		t.Errorf("read %q after the end", s)
	}
	eventually(t, "the fd is closed", func() bool { return !isOpen(a) })
}

// Modify turns any interest into any other; 0 is a pause.
func TestWatchModify(t *testing.T) {
	a, b := pair(t)
	defer unix.Close(b)
	_, _ = unix.Write(b, []byte("x"))
	events := make(chan Events, 16)
	g := newGroup(t, Config{Loops: 1}, nil)
	var w *Watch
	modify := func(on Events) {
		t.Helper()
		g.Do(0, func(l *Loop) {
			if err := w.Modify(l, on); err != nil {
				t.Errorf("Modify(%b): %v", on, err)
			}
		})
	}
	g.Do(0, func(l *Loop) {
		w, _ = l.Watch(a, 0, handle(func(l *Loop, w *Watch, ev Events) {
			events <- ev
			_ = w.Modify(l, 0)
		}))
	})
	all := []Events{Readable, Writable, Readable | Writable, Readable | EdgeTriggered, Writable | EdgeTriggered, Readable | Writable | EdgeTriggered}
	for _, from := range all {
		for _, to := range all {
			g.Do(0, func(l *Loop) {
				if err := errors.Join(w.Modify(l, from), w.Modify(l, to)); err != nil {
					t.Errorf("from %b to %b: %v", from, to, err)
				}
			})
			if got, want := receive(t, events), to&^EdgeTriggered; got != want {
				t.Errorf("from %b to %b: got %b, want %b", from, to, got, want)
			}
		}
	}
	modify(0)
	if len(events) != 0 {
		t.Error("a paused watch got an event")
	}
}

func TestWatchRefused(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		if _, err := l.Watch(-1, Readable, handle(nil)); err == nil {
			t.Error("fd -1 is watched")
		}
		if _, err := l.Watch(900, Readable, handle(nil)); !errors.Is(err, unix.EBADF) {
			t.Errorf("watching a closed fd: %v", err)
		}
		if l.watchOf(900) != nil {
			t.Error("a watch that failed stays")
		}
	})
}

// Two fds are ready in one pass of the poller, and the handler that is called
// first closes or releases the other. Whatever gets the other's number must not
// be told of the other's event.
func TestReuseWithinPass(t *testing.T) {
	for _, how := range []string{"Close", "Release"} {
		t.Run(how, func(t *testing.T) {
			a, fromA := pair(t)
			b, fromB := pair(t)
			defer unix.Close(fromA)
			defer unix.Close(fromB)
			fresh, _ := pair(t)
			watches := map[int]*Watch{}
			var calls []int
			replaced, stale := false, 0
			g := newGroup(t, Config{Loops: 1}, nil)
			first := handle(func(l *Loop, w *Watch, _ Events) {
				calls = append(calls, w.FD())
				if replaced {
					w.Close(l)
					return
				}
				replaced = true
				other := watches[a+b-w.FD()]
				if how == "Close" {
					other.Close(l)
					if !isOpen(other.FD()) {
						t.Error("the fd is closed at once: its number may be reused in this pass")
					}
					return
				}
				number := other.Release(l)
				_ = unix.Dup3(fresh, number, unix.O_CLOEXEC) // closes it and reuses the number
				_, err := l.Watch(number, Readable, handle(func(*Loop, *Watch, Events) { stale++ }))
				if err != nil {
					t.Error(err)
				}
			})
			g.Do(0, func(l *Loop) {
				watches[a], _ = l.Watch(a, Readable|EdgeTriggered, first)
				watches[b], _ = l.Watch(b, Readable|EdgeTriggered, first)
				// Both become ready while the loop is busy here: in one pass.
				_, _ = unix.Write(fromA, []byte("x"))
				_, _ = unix.Write(fromB, []byte("x"))
			})
			eventually(t, "a handler ran", func() (ran bool) {
				g.Do(0, func(*Loop) { ran = len(calls) > 0 })
				return ran
			})
			if how == "Close" {
				eventually(t, "the other fd is closed", func() bool { return !isOpen(a) || !isOpen(b) })
			}
			g.Do(0, func(*Loop) {
				if len(calls) != 1 || stale != 0 {
					t.Errorf("calls of %v, and %d stale events", calls, stale)
				}
			})
			_ = unix.Close(fresh)
		})
	}
}

// Fds are closed by the thousand while their numbers are taken again at once, and
// no handler gets a foreign event.
func TestCloseStress(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	closed := make(chan int, 1)
	n, wrong := 0, 0
	var open func(l *Loop)
	open = func(l *Loop) {
		p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = unix.Write(p[1], []byte{byte(p[0])})
		_, err = l.Watch(p[0], Readable, handle(func(l *Loop, w *Watch, _ Events) {
			var buf [2]byte
			if k, _ := unix.Read(w.FD(), buf[:]); k != 1 || buf[0] != byte(w.FD()) {
				wrong++
			}
			w.Close(l)
			_ = unix.Close(p[1])
			if n++; n == 5000 {
				closed <- wrong
			} else if n < 5000 {
				open(l)
			}
		}))
		if err != nil {
			t.Error(err)
		}
	}
	g.Do(0, func(l *Loop) {
		for range 20 {
			open(l)
		}
	})
	if wrong := receive(t, closed); wrong != 0 {
		t.Errorf("%d events came to the wrong fd", wrong)
	}
}

func TestRelease(t *testing.T) {
	a, b := pair(t)
	defer unix.Close(a)
	defer unix.Close(b)
	g := newGroup(t, Config{Loops: 1}, nil)
	g.Do(0, func(l *Loop) {
		w, _ := l.Watch(a, Readable, handle(func(*Loop, *Watch, Events) { t.Error("event after Release") }))
		_, _ = unix.Write(b, []byte("x"))
		if fd := w.Release(l); fd != a || w.Release(l) != -1 {
			t.Errorf("Release = %d, want %d and then -1", fd, a)
		}
	})
	g.Stop()
	if !isOpen(a) {
		t.Error("a released fd was closed")
	}
}

// A handler that panics is called again, but not for ever: its fd stays readable,
// and would keep the loop busy with nothing else.
func TestPanicInHandler(t *testing.T) {
	a, b := pair(t)
	defer unix.Close(b)
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	calls, good := 0, 5
	var w *Watch
	g.Do(0, func(l *Loop) {
		w, _ = l.Watch(a, Readable, handle(func(*Loop, *Watch, Events) {
			if calls++; calls != good {
				panic("boom")
			}
		}))
	})
	_, _ = unix.Write(b, []byte("x"))
	eventually(t, "the fd is left alone", func() (left bool) {
		g.Do(0, func(*Loop) { left = w.on == 0 })
		return left
	})
	g.Do(0, func(*Loop) {
		if calls != good+maxStrikes {
			t.Errorf("%d calls, want %d: %d after the one that did not panic", calls, good+maxStrikes, maxStrikes)
		}
	})
	g.Stop()
	if s := g.Snapshot(); s.Panics != uint64(calls-1) || !strings.Contains(out.String(), "no longer watched") {
		t.Errorf("%d panics, logged\n%.2000s", s.Panics, out)
	}
}

// The end of the loops closes what they watch, and their own.
func TestStopCloses(t *testing.T) {
	a, b := pair(t)
	defer unix.Close(b)
	g := newGroup(t, Config{Loops: 2}, nil)
	var fds []int
	g.Do(1, func(l *Loop) {
		_, _ = l.Watch(a, Readable, handle(nil))
		fds = append(fds, a, l.inbox.eventfd, l.timerfd)
	})
	g.Stop()
	if i := slices.IndexFunc(fds, isOpen); i >= 0 {
		t.Errorf("fd %d of %v is open", fds[i], fds)
	}
}
