// Package dns asks name servers, on the loops' own sockets, and finds SIP servers by
// their domain (RFC 3263).
//
// Two operations: a [Lookup] brings the addresses of a host; a [Locate] brings, one
// each time it is begun, the places where a SIP request may go: NAPTR, SRV, A and
// AAAA records in the order of RFC 3263. /etc/hosts goes before the name servers.
//
// Each loop keeps its own cache, for as long as the records' TTL or, for what does
// not exist, the zone's SOA says, within bounds, and asks once for all that wait for
// the same question. What is known costs no allocation and no wait. A name server that
// does not answer is asked last until it does: a probe finds that out, beside the calls.
// When none answers, or too many questions are under way, records that have run out count
// for another while (RFC 8767), so that known destinations stay reachable, without a wait.
//
// Answers are believed only from the server that was asked, on the port that asked (a
// new one, chosen by the kernel, for each attempt), with the question's random ID and
// its very question (RFC 5452). Truncated ones are asked for again by TCP.
//
// Names come from peers, so everything has a bound: names known, questions under way,
// records of a set, aliases, addresses of a Locate.
package dns

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// Config is fixed once New is called; zero values mean the defaults.
type Config struct {
	Servers    []netip.AddrPort // asked instead of resolv.conf's
	MaxServers int              // how many of them are asked; default 3, at most 8 (dns_servers_no)
	Timeout    time.Duration    // of one attempt; default resolv.conf's, else 1 s (dns_retr_time)
	Tries      int              // attempts at each server; default resolv.conf's, else 2 (dns_retr_no)
	NoSearch   bool             // ignore resolv.conf's search list (dns_use_search_list)

	Names       int           // record sets known at a time, per loop; default 8192
	InFlight    int           // questions under way, per loop; each has a socket; default 256
	MinTTL      time.Duration // how long records are kept at least; default 1 s
	MaxTTL      time.Duration // and at most; default 1 h
	MaxNegative time.Duration // how long at most it is kept that there are none; default 5 min
	Failure     time.Duration // how long it is kept that no server knew; default 3 s
	MaxStale    time.Duration // how long old records still count while no server knows; default 1 h

	ResolvConf string        // default /etc/resolv.conf
	Hosts      string        // default /etc/hosts
	Recheck    time.Duration // how often both are looked at for changes; default 5 s
}

func (c Config) withDefaults() Config {
	c.MaxServers = min(cmp.Or(max(c.MaxServers, 0), 3), maxServers)
	c.Names = cmp.Or(max(c.Names, 0), 8192)
	c.InFlight = cmp.Or(max(c.InFlight, 0), 256)
	c.MinTTL = cmp.Or(max(c.MinTTL, 0), time.Second)
	c.MaxTTL = cmp.Or(max(c.MaxTTL, 0), time.Hour)
	c.MaxNegative = cmp.Or(max(c.MaxNegative, 0), 5*time.Minute)
	c.Failure = cmp.Or(max(c.Failure, 0), 3*time.Second)
	c.MaxStale = cmp.Or(max(c.MaxStale, 0), time.Hour)
	c.ResolvConf = cmp.Or(c.ResolvConf, "/etc/resolv.conf")
	c.Hosts = cmp.Or(c.Hosts, "/etc/hosts")
	c.Recheck = cmp.Or(max(c.Recheck, 0), 5*time.Second)
	return c
}

// A Resolver is shared by all loops; what it remembers is not.
type Resolver struct {
	cfg     Config
	group   *loop.Group
	system  atomic.Pointer[system] // never changed, only replaced
	quit    chan struct{}
	done    chan struct{}
	kind    timer.Kind // an attempt is out of time; ref is its query's slot
	states  loop.Local[state]
	stats   []*Counters
	lookups loop.Pool[Lookup]
	locates loop.Pool[Locate]
	backend *asyncops.Backend
}

// New makes a Resolver. It reads the system's files, so it is not for loops, and must
// be called before g.Start. Ops is where its operations will be begun.
func New(g *loop.Group, ops *asyncops.Set, cfg Config) *Resolver {
	r := &Resolver{cfg: cfg.withDefaults(), group: g, quit: make(chan struct{}), done: make(chan struct{})}
	r.lookups, r.locates = loop.NewPool[Lookup](g), loop.NewPool[Locate](g)
	r.stats = metrics.PerLoop[Counters](g.Len())
	r.backend = ops.Backend("dns", "")
	r.kind = g.NewKind(func(l *loop.Loop, ref uint64) { r.states.On(l).expire(l, ref) })
	r.states = loop.NewLocal(g, func(i int) state {
		return state{
			r: r, stats: r.stats[i], known: map[string]*entry{},
			rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		}
	})
	f := files{resolvConf: r.cfg.ResolvConf, hosts: r.cfg.Hosts}
	r.system.Store(f.read())
	go r.watchFiles(f)
	return r
}

// Close ends the questions under way; new ones are refused from now on. It must not be
// called on a loop.
func (r *Resolver) Close() {
	select {
	case <-r.quit:
		return
	default:
		close(r.quit)
	}
	<-r.done
	for i := range r.group.Len() {
		r.group.Do(i, func(l *loop.Loop) { r.states.On(l).close(l) })
	}
}

// A state is one loop's share of a Resolver.
type state struct {
	r       *Resolver
	stats   *Counters
	rand    *rand.Rand // of weights; IDs and ports come from the kernel
	known   map[string]*entry
	system  *system // what the files said when we last looked
	servers []server
	epoch   uint32   // moves on when servers are replaced
	queries []*query // those under way, by slot
	free    []uint32 // unused slots
	spare   []*query
	inbox   [maxDatagram]byte
	closed  bool
}

// A server is what a loop knows of a name server.
type server struct {
	addr    loop.Addr
	breaker asyncops.Breaker // open: it does not answer, and is asked last
}

// breaker says when a server is taken to be down, and how often it is then probed.
var breaker = asyncops.BreakerConfig{Failures: 3, Probe: time.Second, MaxProbe: 10 * time.Second}

// current takes over what the files say now. Servers that stay the same, as when only
// /etc/hosts has changed, stay as they are known, and so do questions under way to them.
func (s *state) current() *system {
	sys := s.r.system.Load()
	if sys == s.system {
		return sys
	}
	s.system = sys
	addrs := s.r.cfg.Servers
	if len(addrs) == 0 {
		addrs = sys.servers
	}
	addrs = addrs[:min(len(addrs), s.r.cfg.MaxServers)]
	if !slices.EqualFunc(s.servers, addrs, func(v server, a netip.AddrPort) bool { return v.addr == loop.AddrFrom(a) }) {
		s.replaceServers(addrs)
	}
	return sys
}

func (s *state) replaceServers(addrs []netip.AddrPort) {
	s.epoch++
	s.servers = nil
	for _, a := range addrs {
		s.servers = append(s.servers, server{addr: loop.AddrFrom(a), breaker: asyncops.NewBreaker(breaker)})
	}
}

func (s *state) close(l *loop.Loop) {
	s.closed = true
	for _, q := range s.queries {
		if q != nil {
			q.finish(l, records{failed: true}, 0)
		}
	}
}
