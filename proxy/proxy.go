// Package proxy is RFC 3261 §16: a message becomes a script run, the run makes
// and forwards a transaction, responses find their way back.
//
// Everything here happens on the loop that owns the call. A run that waits is a
// parked [Context], which keeps what it works on; nothing else waits. The package
// knows transactions (tm), the language (script) and the wire (transport), and is
// the only one that knows all three; what a script function does is in modules/.
//
// It refuses to guess: broken requests get the status of what is wrong with them,
// broken or stray responses are counted and dropped, an ACK is never answered.
package proxy

import (
	"crypto/rand"
	"encoding/hex"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A Core is what modules share: they find the loops and operations in it when
// they start, and leave what their parameters say in Settings.
type Core struct {
	Group    *loop.Group
	Ops      *asyncops.Set
	Settings Settings
	Reports  Reports
	Tracer   script.Tracer // is told of all script runs, on their loops; nil but for tests of scripts
	Control  Control
	Events   event.Bus
	// Databases are opened by the modules' Start; the core makes it and closes it.
	Databases *db.Set

	resolver *dns.Resolver
	proxy    *Proxy
	begun    []func(l *loop.Loop, r *Request) // see WatchRequests
}

// Proxy returns the proxy; nil until it is made, and for good where modules are only
// looked at.
func (c *Core) Proxy() *Proxy { return c.proxy }

// Resolver returns what looks names up, for all. It is made when it is first asked for,
// which must be after the core has started and before the loops do.
func (c *Core) Resolver() *dns.Resolver {
	if c.resolver == nil {
		c.resolver = dns.New(c.Group, c.Ops, c.Settings.DNS)
	}
	return c.resolver
}

// A Proxy is the running whole. Its fields are fixed before the loops start,
// apart from the program.
type Proxy struct {
	set       Settings
	reports   *Reports
	host      host
	group     *loop.Group
	tr        *transport.Transport
	ops       *asyncops.Set
	dns       *dns.Resolver
	reach     dns.Reach
	prog      atomic.Pointer[program]
	shards    loop.Local[shard]
	counters  []*Counters
	doings    []*script.Doing // by loop
	stalls    metrics.Counter // of loops, see GuardLoops
	pauses    metrics.Counter // of the process
	hash      maphash.Seed
	tagPrefix [8]byte
	draining  atomic.Bool
	started   time.Time
	logLevel  atomic.Int32
	xlogLevel atomic.Int32
	events    *event.Bus
	begun     []func(l *loop.Loop, r *Request)
	startup   startup
	kinds     struct{ transaction, trying, waiting, startup, timerRoute, overload timer.Kind }
	rank      func(status int, cancelled bool) int // of negative finals: the lowest is the best
}

// New opens the listeners and prepares every loop. It must be called before the
// group starts.
func New(c *Core, prog *script.Program) (*Proxy, error) {
	g, set := c.Group, c.Settings
	p := &Proxy{set: set, reports: &c.Reports, group: g, ops: c.Ops, hash: maphash.MakeSeed(), started: g.Wall()}
	p.host = host{p}
	p.rank = replyRank
	if set.RFC3261Order {
		p.rank = replyRankRFC
	}
	p.prog.Store(newProgram(prog, &set))
	p.dns = c.Resolver()
	var b [4]byte
	rand.Read(b[:])
	hex.Encode(p.tagPrefix[:], b[:])
	p.kinds.transaction = g.NewKind(p.transactionTimer)
	p.kinds.trying = g.NewKind(func(l *loop.Loop, ref uint64) { p.on(l).trying(l, ref) })
	p.kinds.waiting = g.NewKind(func(l *loop.Loop, ref uint64) { p.on(l).waitedEnough(l, tm.ID(ref)) })
	p.kinds.startup = g.NewKind(p.startupLate)
	p.kinds.timerRoute = g.NewKind(func(l *loop.Loop, slot uint64) { p.on(l).tick(l, int(slot)) })
	p.kinds.overload = g.NewKind(func(l *loop.Loop, n uint64) { p.on(l).watchOverload(l, n) })
	p.events, p.begun = &c.Events, c.begun
	p.events.RouteBy(p.hasEventRoute, p.eventRaised)
	for range g.Len() {
		p.counters = append(p.counters, new(Counters))
	}
	p.doings = newDoings(g.Len())
	set.TCP.Disconnected = p.tcpDisconnected
	p.shards = loop.NewLocal(g, func(i int) shard {
		return shard{p: p, counters: p.counters[i], runs: script.Pool{Tracer: c.Tracer, Doing: p.doings[i]}}
	})
	var err error
	if p.tr, err = transport.Open(g, transport.Config{Listeners: set.Listeners, Bonds: set.Bonds, RecvBuf: set.RecvBuf, ICMP: set.ICMP, TCP: set.TCP, IP: set.IP, Steering: set.Steering}, p, g.Logger()); err != nil {
		p.dns.Close()
		return nil, err
	}
	p.reach = reachBy(p.tr.Listeners(), set.TryIPv6)
	for _, a := range set.Aliases {
		p.tr.AddAlias(a)
	}
	for _, f := range set.AliasFuncs {
		p.tr.AddAliasFunc(f)
	}
	p.logLevel.Store(int32(set.LogLevel))
	p.xlogLevel.Store(int32(set.XlogLevel))
	c.proxy = p
	p.prepareStartup()
	p.report(Running, "running")
	return p, nil
}

// on returns the shard of the loop in hand.
func (p *Proxy) on(l *loop.Loop) *shard {
	s := p.shards.On(l)
	if s.tm == nil {
		s.prepare(l)
	}
	return s
}

// Reports returns what the parts of the proxy say of their state.
func (p *Proxy) Reports() *Reports { return p.reports }

// report says in which state the proxy itself is, and since when.
func (p *Proxy) report(status int, details string) {
	p.reports.Group(CoreReports).Add(MainReport, status, details).Log(p.group.Wall(), details)
}

// Group returns the loops.
func (p *Proxy) Group() *loop.Group { return p.group }

// Ops returns the pending operations.
func (p *Proxy) Ops() *asyncops.Set { return p.ops }

// DNS returns the resolver.
func (p *Proxy) DNS() *dns.Resolver { return p.dns }

// Started returns when the proxy was made.
func (p *Proxy) Started() time.Time { return p.started }

// Transport returns the listeners.
func (p *Proxy) Transport() *transport.Transport { return p.tr }

// Settings returns what the proxy was started with.
func (p *Proxy) Settings() *Settings { return &p.set }

// Counters returns the counters of loop i, for reading.
func (p *Proxy) Counters(i int) *Counters { return p.counters[i] }

// Drain refuses new calls with 503 from now on, and no timer_route runs again; what is
// under way goes on. When
// it returns, every loop has been through what it had in hand: [Proxy.Idle] knows
// of all that is under way. It must not be called on a loop.
func (p *Proxy) Drain() {
	p.draining.Store(true)
	p.report(Terminating, "terminating")
	p.EndTimers()
}

// Idle reports whether no transaction is unanswered, no run is parked and nothing that
// was launched is under way.
func (p *Proxy) Idle() bool {
	for _, c := range p.counters {
		if c.InUse.Load() != 0 || c.Parked.Load() != 0 || c.Launched.Load() != 0 {
			return false
		}
	}
	return true
}

// Close ends what runs beside the loops.
func (p *Proxy) Close() {
	p.events.Close()
	p.dns.Close()
}
