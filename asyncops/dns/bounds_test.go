package dns_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/looptest"
)

// "Questions under way" have a bound: another one is refused at once, and not for long.
func TestTooManyQuestions(t *testing.T) {
	r := newRig(t, 1, dns.Config{InFlight: 2}) // A and AAAA of one name
	release := r.server.Hold(t)
	first := r.begin(0, 0, "a.test")
	r.wantKnown("b.test", "overloaded")
	again := r.begin(0, 0, "a.test") // that asks nothing
	release()
	for _, p := range []*pending{first, again} {
		if got := p.Wait(); got != "completed 192.0.2.1" {
			t.Errorf("got %s", got)
		}
	}
	r.want("c.test", "completed 192.0.2.3")
}

// Names are known up to a bound, old ones and new ones.
func TestNamesAreBounded(t *testing.T) {
	const bound = 3
	r := newRig(t, 1, dns.Config{Names: 2 * bound, Failure: time.Hour})
	names := others(10)
	for _, name := range names {
		r.want(name, "failed")
	}
	known := 0
	for _, name := range names {
		before := r.server.Asked(name)
		r.want(name, "failed")
		if r.server.Asked(name) == before {
			known++
		}
	}
	if known > bound {
		t.Errorf("%d names were known, want at most %d", known, bound)
	}
}

// Somebody who makes us look up names that do not exist does not make us forget
// those that do.
func TestFailuresAreForgottenFirst(t *testing.T) {
	r := newRig(t, 1, dns.Config{Names: 8})
	for _, name := range []string{"a.test", "b.test", "c.test"} {
		r.want(name, addressOf[name])
	}
	for _, name := range others(20) {
		r.want(name, "failed")
	}
	for _, name := range []string{"a.test", "b.test", "c.test"} {
		r.wantKnown(name, addressOf[name])
	}
}

// Nor does somebody whose names exist, and for longer than ours: those that are asked
// for are kept, whatever their TTL.
func TestNamesInUseAreKept(t *testing.T) {
	var zone []string
	for _, name := range others(20) {
		zone = append(zone, name+" 3600 A 192.0.2.9")
	}
	r := newRig(t, 1, dns.Config{Names: 8}, zone...)
	r.want("a.test", addressOf["a.test"])
	for _, name := range others(20) {
		r.want(name, "completed 192.0.2.9")
		r.wantKnown("a.test", addressOf["a.test"])
	}
}

// Somebody who has us ask for names of a server that takes its time can use up the
// questions that may be under way. What was known goes on to count meanwhile (RFC 8767).
func TestTooManyQuestionsWithOldRecords(t *testing.T) {
	r := newRig(t, 1, dns.Config{InFlight: 2, MaxTTL: 1, MinTTL: 1})
	r.want("a.test", addressOf["a.test"])
	r.later()
	release := r.server.Hold(t)
	slow := r.begin(0, 0, "slow.test")
	r.wantKnown("a.test", addressOf["a.test"])
	r.wantKnown("b.test", "overloaded")
	release()
	slow.Wait()
}

// A name that is being looked up keeps its place.
func TestAllNamesAsked(t *testing.T) {
	r := newRig(t, 1, dns.Config{Names: 4})
	release := r.server.Hold(t)
	first, second := r.begin(0, 0, "a.test"), r.begin(0, 0, "b.test")
	r.wantKnown("c.test", "overloaded")
	release()
	if a, b := first.Wait(), second.Wait(); a != "completed 192.0.2.1" || b != "completed 192.0.2.2" {
		t.Errorf("got %s and %s", a, b)
	}
	r.want("c.test", "completed 192.0.2.3")
}

// A name of more than 253 characters is none (RFC 1035 §2.3.4), nor is the empty one:
// nobody is asked, nothing remembered.
func TestNoNames(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	for _, name := range []string{"", strings.Repeat("a.", 127) + "a", strings.Repeat("x", 60_000)} {
		r.wantKnown(name, "failed")
	}
}

// Close does not wait for a name server that does not answer.
func TestClose(t *testing.T) {
	r := newRig(t, 1, dns.Config{})
	r.server.Hold(t)
	hanging := r.begin(0, 0, "a.test")
	r.Until("it is asked", func() bool { return r.server.Asked("A a.test") == 1 })
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		r.dns.Close()
	}()
	looptest.Receive(t, "Close", closed)
	if got := hanging.Wait(); got != "failed" {
		t.Errorf("under way: %s", got)
	}
	r.wantKnown("b.test", "overloaded")
}

var addressOf = map[string]answer{
	"a.test": "completed 192.0.2.1", "b.test": "completed 192.0.2.2", "c.test": "completed 192.0.2.3",
}
