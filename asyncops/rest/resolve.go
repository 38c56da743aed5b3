package rest

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Resolver finds the addresses of host names without blocking a loop.
type Resolver interface {
	// Lookup returns the addresses of host (port 0) if they are known, or an error
	// if it is known that there are none. Otherwise pending is true and w.Resolved
	// is called later on this loop, once.
	Lookup(l *loop.Loop, host string, w ResolveWaiter) (addrs []loop.Addr, pending bool, err error)
}

// A ResolveWaiter waits for a look-up. It may not keep or change addrs.
type ResolveWaiter interface {
	Resolved(l *loop.Loop, addrs []loop.Addr, err error)
}

// HostResolverConfig is fixed once NewHostResolver is called. Zero means default.
type HostResolverConfig struct {
	Workers  int           // look-ups at a time, over all loops; default 4
	Queue    int           // look-ups waiting for a worker; default 256
	Timeout  time.Duration // of one look-up; default 5 s
	TTL      time.Duration // how long addresses are used; default 30 s
	Negative time.Duration // how long a failure is remembered; default 1 s
	Hosts    int           // names remembered per loop; default 1024
	// LookupIP does the look-up in a worker; nil means /etc/hosts and DNS as the
	// system is configured.
	LookupIP func(ctx context.Context, host string) ([]netip.Addr, error)
}

// A HostResolver looks names up in bounded workers, each loop with its own cache.
type HostResolver struct {
	cfg     HostResolverConfig
	workers *asyncops.Workers
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	caches  loop.Local[map[string]*hostEntry]
}

type hostEntry struct {
	addrs   []loop.Addr
	err     error
	until   int64 // when it is forgotten
	waiters []ResolveWaiter
	pending bool
}

// errLookups is given when too many look-ups wait.
var errLookups = errors.New("rest: too many host names are being looked up")

// NewHostResolver makes a resolver. Call it before g.Start.
func NewHostResolver(g *loop.Group, cfg HostResolverConfig) *HostResolver {
	cfg.Workers = cmp.Or(cfg.Workers, 4)
	cfg.Queue = cmp.Or(cfg.Queue, 256)
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	cfg.TTL = cmp.Or(cfg.TTL, 30*time.Second)
	cfg.Negative = cmp.Or(cfg.Negative, time.Second)
	cfg.Hosts = cmp.Or(cfg.Hosts, 1024)
	if cfg.LookupIP == nil {
		cfg.LookupIP = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	h := &HostResolver{cfg: cfg, workers: asyncops.NewWorkers(cfg.Workers, cfg.Queue)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	h.caches = loop.NewLocal(g, func(int) map[string]*hostEntry { return make(map[string]*hostEntry) })
	return h
}

// Close ends the look-ups under way.
func (h *HostResolver) Close() {
	h.cancel()
	h.workers.Close()
}

// Lookup implements Resolver.
func (h *HostResolver) Lookup(l *loop.Loop, host string, w ResolveWaiter) ([]loop.Addr, bool, error) {
	cache := *h.caches.On(l)
	e := cache[host]
	switch {
	case e != nil && e.pending:
		e.waiters = append(e.waiters, w)
		return nil, true, nil
	case e != nil && l.Now() < e.until:
		return e.addrs, false, e.err
	case e == nil:
		if len(cache) >= h.cfg.Hosts && !forgetHost(cache, l.Now()) {
			return nil, false, errLookups
		}
		e = new(hostEntry)
		cache[host] = e
	}
	e.pending = true
	e.waiters = append(e.waiters[:0], w)
	if !h.workers.Submit(h.job(l.Mailbox(), host, e)) {
		delete(cache, host)
		return nil, false, errLookups
	}
	return nil, true, nil
}

// job looks host up and brings the answer home.
func (h *HostResolver) job(home loop.Mailbox, host string, e *hostEntry) func() {
	return func() {
		ctx, cancel := context.WithTimeout(h.ctx, h.cfg.Timeout)
		defer cancel()
		ips, err := h.cfg.LookupIP(ctx, host)
		addrs := make([]loop.Addr, 0, len(ips))
		for _, ip := range ips {
			addrs = append(addrs, loop.AddrFrom(netip.AddrPortFrom(ip.Unmap(), 0)))
		}
		home.Post(&loop.Task{Run: func(l *loop.Loop) { h.answered(l, e, addrs, err) }})
	}
}

func (h *HostResolver) answered(l *loop.Loop, e *hostEntry, addrs []loop.Addr, err error) {
	ttl := h.cfg.TTL
	if err != nil {
		ttl = h.cfg.Negative
	}
	e.addrs, e.err, e.until, e.pending = addrs, err, l.Now()+int64(ttl), false
	waiters := e.waiters
	e.waiters = nil
	for _, w := range waiters {
		w.Resolved(l, addrs, err)
	}
}

// forgetHost drops a name that nobody waits for, an outdated one if there is one.
func forgetHost(cache map[string]*hostEntry, now int64) bool {
	victim := ""
	for host, e := range cache {
		if e.pending {
			continue
		}
		victim = host
		if e.until <= now {
			break
		}
	}
	delete(cache, victim)
	return victim != ""
}
