package rest

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// namedRig is a rig whose host names a server in memory looks up.
func namedRig(t *testing.T, cfg Config) (*rig, *dnstest.Server) {
	t.Helper()
	server := dnstest.Start(t, "one.test A 127.0.0.1\ntwo.test A 127.0.0.2\ntwo.test A 127.0.0.1")
	loops := looptest.New(t, 1)
	cfg.Resolver = dns.New(loops.Group, loops.Ops, dns.Config{Servers: []netip.AddrPort{server.Addr()}, Timeout: time.Hour, NoSearch: true})
	t.Cleanup(cfg.Resolver.Close)
	return startRig(t, loops, cfg), server
}

// at is p's URL under another name.
func (p *peer) at(host string) string {
	_, port, _ := net.SplitHostPort(p.ln.Addr().String())
	return "http://" + host + ":" + port + "/"
}

// A name is looked up once for all that wait for it, then remembered.
func TestHostNames(t *testing.T) {
	r, names := namedRig(t, Config{})
	release := names.Hold(t)
	p := newPeer(t, says(ok200, true))
	var waits []*asked
	for range 10 {
		waits = append(waits, r.begin(0, 0, to(p.at("One.test"))))
	}
	release()
	for _, w := range waits {
		r.want(w.Wait(), asyncops.Completed, CodeOK)
	}
	r.want(r.get(p.at("one.test")), asyncops.Completed, CodeOK)
	if n := names.Asked("A one.test"); n != 1 {
		t.Errorf("looked up %d times", n)
	}
	// libcurl's "could not resolve host" is none of the named failures: -10.
	r.want(r.get("http://other.test/"), asyncops.Failed, CodeInternal)
	r.want(r.get("http://other.test/"), asyncops.Failed, CodeInternal)
	if n := names.Asked("A other.test"); n != 1 {
		t.Errorf("looked up %d times: a failure is remembered too", n)
	}
}

// The addresses of a name are tried in turn.
func TestSecondAddress(t *testing.T) {
	r, _ := namedRig(t, Config{})
	p := newPeer(t, says(ok200, true)) // on 127.0.0.1 only
	r.want(r.get(p.at("two.test")), asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Connects != 2 {
		t.Errorf("counters %+v", n)
	}
}

// A look-up that hangs ends with the request's deadline, and harms nobody later.
func TestHangingLookup(t *testing.T) {
	r, names := namedRig(t, Config{})
	release := names.Hold(t)
	url := newPeer(t, says(ok200, true)).at("one.test")
	r.want(r.begin(0, 20*time.Millisecond, to(url)).Wait(), asyncops.TimedOut, CodeConnectTimeout)
	release()
	r.want(r.get(url), asyncops.Completed, CodeOK)
}

// ConnectTimeout bounds each request's wait for the addresses, not only that of the
// one which asked for them.
func TestHangingLookupEndsEach(t *testing.T) {
	r, names := namedRig(t, Config{ConnectTimeout: 30 * time.Millisecond})
	names.Hold(t)
	p := newPeer(t, says(ok200, true))
	var began, now int64
	r.Group.Do(0, func(l *loop.Loop) { began = l.Now() })
	first := r.begin(0, 0, to(p.at("one.test")))
	r.Until("it is later", func() bool {
		r.Group.Do(0, func(l *loop.Loop) { now = l.Now() })
		return now > began+10e6
	})
	later := r.begin(0, 0, to(p.at("one.test")))
	for _, w := range []*asked{first, later} {
		r.want(w.Wait(), asyncops.TimedOut, CodeConnectTimeout)
	}
	if n := r.client.Snapshot(); n.ConnectTimeouts != 2 || n.InFlight() != 0 {
		t.Errorf("counters %+v", n)
	}
}

// The system's own way: /etc/hosts knows localhost.
func TestLocalhost(t *testing.T) {
	p := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{})
	r.want(r.get(p.at("localhost")), asyncops.Completed, CodeOK)
}
