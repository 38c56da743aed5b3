package rest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// resolverRig is a rig whose host names are looked up as names says.
func resolverRig(t *testing.T, cfg Config, names HostResolverConfig) *rig {
	t.Helper()
	lazy := new(lateResolver)
	cfg.Resolver = lazy
	r := newRigWith(t, 1, cfg, func(g *loop.Group) { lazy.HostResolver = NewHostResolver(g, names) })
	t.Cleanup(lazy.Close)
	return r
}

// lateResolver is a HostResolver that is made once the group is.
type lateResolver struct{ *HostResolver }

func portOf(p *peer) string {
	_, port, _ := net.SplitHostPort(p.ln.Addr().String())
	return port
}

// A name is looked up once for all that wait for it, then remembered.
func TestHostNames(t *testing.T) {
	var asked atomic.Int32
	release := make(chan struct{})
	r := resolverRig(t, Config{}, HostResolverConfig{LookupIP: func(_ context.Context, host string) ([]netip.Addr, error) {
		asked.Add(1)
		<-release
		if host != "db.test" {
			return nil, errors.New("no such host")
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}})
	p := newPeer(t, says(ok200, true))
	url := []byte("http://DB.test:" + portOf(p) + "/")
	var waits []<-chan answer
	for range 10 {
		waits = append(waits, r.begin(0, 0, func(q *Request) { q.SetURL(url) }))
	}
	close(release)
	for _, w := range waits {
		r.want(r.wait(w), asyncops.Completed, CodeOK)
	}
	r.want(r.get(string(url)), asyncops.Completed, CodeOK)
	if n := asked.Load(); n != 1 {
		t.Errorf("looked up %d times", n)
	}
	// libcurl's "could not resolve host" is none of the named failures: -10.
	r.want(r.get("http://other.test/"), asyncops.Failed, CodeInternal)
	r.want(r.get("http://other.test/"), asyncops.Failed, CodeInternal)
	if n := asked.Load(); n != 2 {
		t.Errorf("looked up %d times: a failure is remembered too", n)
	}
}

// The addresses of a name are tried in turn.
func TestSecondAddress(t *testing.T) {
	r := resolverRig(t, Config{}, HostResolverConfig{LookupIP: func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.1")}, nil
	}})
	p := newPeer(t, says(ok200, true)) // on 127.0.0.1 only
	r.want(r.get("http://two.test:"+portOf(p)+"/"), asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Connects != 2 {
		t.Errorf("counters %+v", n)
	}
}

// A look-up that hangs ends with the request's deadline, and harms nobody later.
func TestHangingLookup(t *testing.T) {
	release := make(chan struct{})
	r := resolverRig(t, Config{}, HostResolverConfig{LookupIP: func(context.Context, string) ([]netip.Addr, error) {
		<-release
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}})
	p := newPeer(t, says(ok200, true))
	set := func(q *Request) { q.SetURL([]byte("http://slow.test:" + portOf(p) + "/")) }
	r.want(r.wait(r.begin(0, 20*time.Millisecond, set)), asyncops.TimedOut, CodeConnectTimeout)
	close(release)
	r.want(r.wait(r.begin(0, 0, set)), asyncops.Completed, CodeOK)
}

// The system's own way: /etc/hosts knows localhost.
func TestLocalhost(t *testing.T) {
	p := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{})
	r.want(r.get("http://localhost:"+portOf(p)+"/"), asyncops.Completed, CodeOK)
}
