package siptest

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A stoic answers every OPTIONS that comes whole and ignores the rest.
type stoic struct {
	*Endpoint
	lost atomic.Int32 // OPTIONS to swallow
}

func startStoic(t *testing.T) *stoic {
	s := &stoic{Endpoint: Listen(t)}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case m := <-s.in:
				if m.Is("OPTIONS") && s.lost.Add(-1) < 0 {
					s.SendBytes(m.From.String(), []byte(strings.Replace(string(trying(m)), "100 Trying", "405 No", 1)))
				}
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-done })
	return s
}

func TestTortureOfAStoic(t *testing.T) {
	t.Parallel()
	s := startStoic(t)
	s.lost.Store(1) // the first probe is lost and repeated
	var polls atomic.Int32
	Torture(t, TortureConfig{Proxy: s.Addr(), Snapshot: func() any {
		if polls.Add(1) == 2 {
			return "not settled yet"
		}
		return "settled"
	}})
	if polls.Load() != 3 {
		t.Errorf("%d snapshots, want one before and two after", polls.Load())
	}
}

// A tb that ends its goroutine instead of the test.
type failing struct {
	testing.TB
	said atomic.Pointer[string]
}

func (f *failing) Helper() {}
func (f *failing) Fatalf(format string, args ...any) {
	f.said.Store(&format)
	runtime.Goexit()
}

func TestTortureFindsWhatDoesNotSettle(t *testing.T) {
	t.Parallel()
	s := startStoic(t)
	f := &failing{TB: t}
	done := make(chan struct{})
	n := 0
	go func() {
		defer close(done)
		Torture(f, TortureConfig{Proxy: s.Addr(), Messages: RFC4475()[:1], Settle: time.Millisecond,
			Snapshot: func() any { n++; return n }})
	}()
	<-done
	if said := f.said.Load(); said == nil || !strings.Contains(*said, "it is still") {
		t.Errorf("Torture said %v", said)
	}
}

func TestRFC4475IsComplete(t *testing.T) {
	list := RFC4475()
	if len(list) != 50 {
		t.Errorf("%d messages, want the 49 of the RFC and one variant", len(list))
	}
	for _, m := range list {
		if len(m.Raw) < 200 {
			t.Errorf("%s has only %d bytes", m.Name, len(m.Raw))
		}
	}
}
