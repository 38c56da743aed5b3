package dns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// "After Completed, Addrs has at least one; Failed means that the name does not resolve."
func TestAnswers(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	r.want("a.test", "completed 192.0.2.1")
	r.want("six.test", "completed 2001:db8::1")
	r.want("none.test", "failed") // it exists, without addresses
	r.want("missing.test", "failed")
	r.want("198.51.100.7", "completed 198.51.100.7")
}

// "IPv4 first", whatever the resolver's order.
func TestIPv4First(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	got := strings.Fields(string(r.begin(0, 0, "both.test").Wait()))
	if len(got) != 5 {
		t.Fatalf("got %v, want four addresses", got)
	}
	for i, a := range got[1:] {
		if is4 := !strings.Contains(a, ":"); is4 != (i < 2) {
			t.Errorf("address %d is %s", i, a)
		}
	}
}

// What is known is answered within Start; case does not matter.
func TestKnownAnswer(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	if p := r.begin(0, 0, "a.test"); p.Wait() != "completed 192.0.2.1" || p.AtOnce {
		t.Errorf("at once %v: nobody can have known it", p.AtOnce)
	}
	r.wantKnown("a.test", "completed 192.0.2.1")
	r.wantKnown("A.Test", "completed 192.0.2.1")
	r.wantAsked("a.test", 1)
}

// "Each loop remembers": what one has learnt, the other asks for itself.
func TestLoopsDoNotShare(t *testing.T) {
	r := newRig(t, 2, dns.Config{})
	for i := range 2 {
		if p := r.begin(i, 0, "a.test"); p.Wait() != "completed 192.0.2.1" || p.AtOnce {
			t.Errorf("loop %d: at once %v", i, p.AtOnce)
		}
	}
	r.wantAsked("a.test", 2)
}

// Failures are known too, for a while.
func TestKnownFailure(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	for _, name := range []string{"missing.test", "none.test"} {
		r.want(name, "failed")
		r.wantKnown(name, "failed")
		r.wantAsked(name, 1)
	}
}

// "for as long as the records' TTL or, for what does not exist, the zone's SOA says,
// within bounds": a bound of a nanosecond makes them forgotten at once.
func TestForgotten(t *testing.T) {
	const soa = "test SOA ns.test root.test 1 2 3 4 60"
	r := newRig(t, 1, dns.Config{MinTTL: 1, MaxTTL: 1}, soa)
	for range 2 {
		r.want("a.test", "completed 192.0.2.1")
		r.want("missing.test", "failed")
		r.later()
	}
	r.wantAsked("a.test", 2)
	r.wantAsked("missing.test", 1)

	r = newRig(t, 1, dns.Config{MinTTL: 1, MaxNegative: 1}, soa)
	for range 2 {
		r.want("a.test", "completed 192.0.2.1")
		r.want("missing.test", "failed")
		r.later()
	}
	r.wantAsked("a.test", 1)
	r.wantAsked("missing.test", 2)
}

// A loop "asks once for all that wait for the same name".
func TestAskedOnceForAll(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	release := r.server.Hold(t)
	var all []*pending
	for range 10 {
		all = append(all, r.begin(0, 0, "a.test"))
	}
	all[3].Abandon()
	release()
	for i, p := range all {
		if i != 3 && p.Wait() != "completed 192.0.2.1" {
			t.Errorf("look-up %d got something else", i)
		}
	}
	if all[3].Ended() {
		t.Error("the abandoned one was told")
	}
	r.wantAsked("a.test", 1)
}

// An answer that comes after the deadline hits nobody: not the waiter that has gone,
// not the one that uses its Lookup again. It is remembered.
func TestLateAnswer(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	release := r.server.Hold(t)
	if got := r.begin(0, 5*time.Millisecond, "a.test").Wait(); got != "timed out" {
		t.Errorf("got %s", got)
	}
	second := r.begin(0, 0, "b.test") // with the first one's Lookup
	release()
	if got := second.Wait(); got != "completed 192.0.2.2" {
		t.Errorf("the second look-up: %s", got)
	}
	r.want("a.test", "completed 192.0.2.1")
	r.wantKnown("a.test", "completed 192.0.2.1")
	r.wantAsked("a.test", 1)
}

// A name server that never answers is a failure once its attempts are over, whatever
// the deadline, and that is remembered for a while.
func TestDeadServer(t *testing.T) {
	r := newRig(t, 1, dns.Config{Timeout: 20 * time.Millisecond, Tries: 2, Failure: time.Hour}, "!drop *")
	r.want("a.test", "failed")
	r.wantKnown("a.test", "failed")
	r.wantAsked("a.test", 2)
}

// A waiter may begin the next look-ups while it is being told, of the same name and
// of others.
func TestWaiterBeginsTheNext(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	both := looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *dns.Lookup {
		op := r.dns.Lookup(l)
		op.SetName([]byte("a.test"))
		return op
	}, func(l *loop.Loop, op *dns.Lookup, _ asyncops.Outcome) (both [2]*pending) {
		op.Free(l)
		for i, name := range []string{"a.test", "b.test"} {
			op := r.dns.Lookup(l)
			op.SetName([]byte(name))
			both[i] = looptest.BeginOn(r.Rig, l, 0, op, read)
		}
		return both
	}).Wait()
	if a, b := both[0].Wait(), both[1].Wait(); !both[0].AtOnce || a != "completed 192.0.2.1" || b != "completed 192.0.2.2" {
		t.Errorf("got %s (at once %v) and %s", a, both[0].AtOnce, b)
	}
}

// A known name costs no garbage: SetName, Start, Free.
func TestKnownAnswerDoesNotAllocate(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	r.want("a.test", "completed 192.0.2.1")
	name := []byte("A.test")
	r.On(0, func(l *loop.Loop, ops *asyncops.Table) {
		if n := testing.AllocsPerRun(1000, func() {
			op := r.dns.Lookup(l)
			op.SetName(name)
			if _, out, pending := ops.Begin(l, op, 0, nil); pending || out != asyncops.Completed {
				t.Errorf("%v, pending %v", out, pending)
			}
			op.Free(l)
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}

// "BUG: look-up freed twice or while it waits"
func TestFreedTooEarly(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	r.server.Hold(t)
	r.On(0, func(l *loop.Loop, ops *asyncops.Table) {
		freed, waits := r.dns.Lookup(l), r.dns.Lookup(l)
		freed.Free(l)
		waits.SetName([]byte("a.test"))
		ops.Begin(l, waits, 0, nil)
		for what, op := range map[string]*dns.Lookup{"twice": freed, "while it waits": waits} {
			func() {
				defer func() {
					if recover() == nil {
						t.Error("nobody noticed a look-up freed ", what)
					}
				}()
				op.Free(l)
			}()
		}
	})
}
