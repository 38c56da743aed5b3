package dns_test

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/looptest"
)

// "Refuses a new name when too many are being looked up": at once, and not for long.
func TestQueueFull(t *testing.T) {
	r := newRig(t, 1, dns.Config{Workers: 1, Queue: 1})
	release := r.server.Hold(t)
	first := r.begin(0, 0, "a.test")
	r.Until("the worker asks", func() bool { return r.server.Asked("a.test") == 1 })
	second := r.begin(0, 0, "b.test")
	r.wantKnown("c.test", "overloaded")
	again := r.begin(0, 0, "a.test") // that needs no place in the queue
	release()
	for _, p := range []*pending{first, second, again} {
		if got := p.Wait(); !strings.HasPrefix(string(got), "completed") {
			t.Errorf("got %s", got)
		}
	}
	r.want("c.test", "completed 192.0.2.3")
}

// Names are known up to a bound, old ones and new ones.
func TestNamesAreBounded(t *testing.T) {
	const bound = 3
	r := newRig(t, 1, dns.Config{Names: bound})
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
	r := newRig(t, 1, dns.Config{Names: 4})
	for _, name := range []string{"a.test", "b.test", "c.test"} {
		r.want(name, "completed "+answer(hosts[name][0]))
	}
	for _, name := range others(20) {
		r.want(name, "failed")
	}
	for _, name := range []string{"a.test", "b.test", "c.test"} {
		r.wantKnown(name, "completed "+answer(hosts[name][0]))
	}
}

// A name that is being looked up keeps its place.
func TestAllNamesAsked(t *testing.T) {
	r := newRig(t, 1, dns.Config{Names: 2})
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
	r := newRig(t, 1, dns.Config{Workers: 1})
	r.server.Hold(t)
	hanging := r.begin(0, 0, "a.test")
	r.Until("the worker asks", func() bool { return r.server.Asked("a.test") == 1 })
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
