// Package redis asks Redis, or what speaks its protocol, from the event loops.
//
// Each loop has one connection, or a few, to each node. The commands of a pass leave in
// one write, and the answers come in the same order (pipelining), so that a hundred
// thousand commands may be under way on a socket while each costs a few hundred bytes.
// RESP3 is spoken, with servers before Redis 6 RESP2.
//
// A command that nobody waits for any more leaves its place in the order, and its answer
// is dropped there. A connection whose answers do not come takes no further commands and
// is replaced; what is on it waits for its own deadline. When a connection breaks, what
// only reads is sent again, once; anything else fails, for it may have been carried out.
//
// A cluster is found out by asking. Its slot map belongs to all loops; redirections are
// followed, within the deadline of the command.
//
// The package refuses what does not go with a shared connection (SUBSCRIBE, MULTI, WATCH,
// MONITOR, SELECT, AUTH, BLPOP and others that block), replies beyond a bound, and any
// reply that is not RESP: the connection ends.
package redis

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Hosts          []Host        // at least one. Several are nodes of a cluster, or are tried in turn
	User, Password string        // "" for neither; a password alone is that of the user "default"
	DB             int           // number of the database; not for clusters
	Name           string        // that the connections have in CLIENT LIST; default "fastsips"
	Label          string        // of what is measured, different for each Client; default the first host
	TLS            *tls.Config   // nil: none
	ConnectTimeout time.Duration // of a connection, TLS and greeting included; default 5 s
	QueryTimeout   time.Duration // how long a connection may owe an answer before it is replaced; default 5 s
	Keepalive      time.Duration // an idle connection is asked whether it lives; default 10 s, negative: never
	Conns          int           // to each node, per loop; default 1
	InFlight       int           // commands under way or waiting, per loop; default 262,144
	MaxUnsent      int           // bytes that may wait for a connection to take them; default 64 MiB
	MaxReply       int           // bytes of one reply; default 16 MiB, at most 1 GiB
	Lazy           bool          // connect when there is something to ask, not before
	Breaker        asyncops.BreakerConfig
	Resolver       *dns.Resolver // of host names; required
}

// A Host is where a server listens.
type Host struct {
	Name string // or an address, without brackets
	Port uint16
}

func (c Config) withDefaults() Config {
	c.Name = cmp.Or(c.Name, "fastsips")
	c.ConnectTimeout = cmp.Or(max(c.ConnectTimeout, 0), 5*time.Second)
	c.QueryTimeout = cmp.Or(max(c.QueryTimeout, 0), 5*time.Second)
	c.Keepalive = cmp.Or(c.Keepalive, 10*time.Second)
	c.Conns = cmp.Or(max(c.Conns, 0), 1)
	c.InFlight = cmp.Or(max(c.InFlight, 0), 1<<18)
	c.MaxUnsent = cmp.Or(max(c.MaxUnsent, 0), 64<<20)
	c.MaxReply = min(cmp.Or(max(c.MaxReply, 0), 16<<20), 1<<30)
	if c.Breaker == (asyncops.BreakerConfig{}) {
		// Connecting goes on all the time, so the probes are for a server that has
		// connections and does not answer: they may be frequent.
		c.Breaker = asyncops.BreakerConfig{Probe: 250 * time.Millisecond, MaxProbe: time.Second}
	}
	return c
}

// A Client is one Redis, or one cluster, as seen by all loops.
type Client struct {
	cfg      Config
	group    *loop.Group
	ops      *asyncops.Set
	log      *slog.Logger
	dialer   *wire.Dialer
	kind     timer.Kind
	states   loop.Local[state]
	commands loop.Pool[Command]
	counts   []*counters // by loop
	backend  *asyncops.Backend
	inner    *asyncops.Backend // of what we ask for ourselves
	close    sync.Once
	closed   atomic.Bool

	top         atomic.Pointer[topology] // nil: not a cluster, as far as we know
	refreshed   atomic.Int64             // when the slot map was last asked for, in Loop.Now
	refreshedAt atomic.Int64             // when it last came, in UNIX time; 0: never
	open        atomic.Int32             // connections over all loops
	down        atomic.Bool              // said so in the log
}

// passBytes is how much of the answers one pass takes: some hundred small ones, each of
// which may have a script go on.
const passBytes = 4 << 10

// New returns a Client that begins to connect when g starts; a server that is down is
// no error. Ops is where commands are begun that need a Table. Call it before g.Start.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) *Client {
	c := &Client{cfg: cfg.withDefaults(), group: g, ops: ops, log: log}
	c.dialer = wire.New(g, ops, wire.Config{Resolver: cfg.Resolver, MaxOut: c.cfg.MaxUnsent, Pass: passBytes, Idle: max(c.cfg.Keepalive, 0)})
	c.kind = g.NewKind(func(l *loop.Loop, ref uint64) { c.states.On(l).expired(l, ref) })
	c.commands = loop.NewPool[Command](g)
	c.counts = metrics.PerLoop[counters](g.Len())
	label := cmp.Or(cfg.Label, c.name())
	c.backend, c.inner = ops.Backend("redis", label), ops.Backend("redis_slots", label)
	c.refreshed.Store(-int64(refreshEvery))
	c.states = loop.NewLocal(g, func(i int) state { return newState(c, i) })
	if !c.cfg.Lazy {
		for i := range g.Len() {
			g.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) { c.states.On(l).seeded(l).grow(l) }})
		}
	}
	return c
}

// Close ends the connections and fails what still waits for them. Call it before the
// loops are stopped, and not on one of them.
func (c *Client) Close() {
	c.close.Do(func() {
		c.closed.Store(true)
		for i := range c.group.Len() {
			c.group.Do(i, func(l *loop.Loop) { c.states.On(l).close(l) })
		}
		c.dialer.Close()
	})
}

// opened, lost and failed say in the log when the first connection comes and when the
// last one goes.
func (c *Client) opened() {
	c.open.Add(1)
	if c.down.CompareAndSwap(true, false) {
		c.log.Info("Redis is back", "server", c.name())
	}
}

func (c *Client) lost(err error) {
	c.open.Add(-1)
	c.failed(err)
}

func (c *Client) failed(err error) {
	if err != errLeft && !c.closed.Load() && c.open.Load() == 0 && c.down.CompareAndSwap(false, true) {
		c.log.Error("Redis is unavailable", "server", c.name(), "error", err)
	}
}

func (c *Client) name() string { return c.cfg.Hosts[0].String() }
