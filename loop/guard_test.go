package loop

import (
	"io"
	"strings"
	"testing"
	"time"
)

// stuck holds up its loop until it is let go.
func stuck(release chan struct{}) { <-release }

// "Stalled is called once for each time that one does not get on for limit, and once when
// it does again": with what the loop is in. A loop that sleeps is not stalled, nor is one
// that works.
func TestGuard(t *testing.T) {
	g, err := New(Config{Loops: 2, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	told := make(chan Stall, 16)
	stop := g.Guard(20*time.Millisecond, func(s Stall) { told <- s }, func(time.Duration) {})
	defer stop()
	for range 2 { // a second one is told like the first
		release := make(chan struct{})
		g.Mailbox(1).Post(&Task{Run: func(*Loop) { stuck(release) }})
		s := next(t, told)
		if stack := s.Stack(); s.Loop != 1 || s.Over || s.For < 20*time.Millisecond || !strings.Contains(stack, "loop.stuck") || strings.Contains(stack, "(*Loop)") {
			t.Errorf("told %+v in %s", s, stack)
		}
		close(release)
		if s := next(t, told); s.Loop != 1 || !s.Over {
			t.Errorf("told %+v at the end", s)
		}
	}
}

func next(t *testing.T, told chan Stall) Stall {
	t.Helper()
	select {
	case s := <-told:
		return s
	case <-time.After(30 * time.Second):
		t.Fatal("nobody was told")
		panic("unreachable")
	}
}

// What is left of a profile's text: the functions from the innermost to where the script
// called.
func TestShorten(t *testing.T) {
	const block = `1 @ 0x1 0x2 0x3
# labels: {"fastsips-loop":"1"}
#	0x4a0e05	time.Sleep+0x165						/usr/local/go/src/runtime/time.go:363
#	0x51	github.com/fastsips/fastsips/modules/x.(*Module).block+0x2f	/x.go:12
#	0x52	github.com/fastsips/fastsips/script.(*Ctx).call+0x2f	/run.go:12
#	0x53	github.com/fastsips/fastsips/loop.(*Loop).run+0x2f	/loop.go:12`
	if got := shorten(block); got != "time.Sleep < modules/x.(*Module).block" {
		t.Errorf("got %q", got)
	}
}
