// Package wire makes client connections that live on a loop: TCP, with TLS if asked
// for, to a host name or an address. Redis and HTTP are spoken over them.
//
// A [Conn] belongs to the loop that dials it. The name is looked up by the on-loop
// resolver, the addresses are tried in turn, each with its share of the time, and the
// socket is in the epoll set of its loop and in no other: it is made here, so that Go's
// own poller never hears of it. No goroutine waits for a connection.
//
// A TLS handshake costs a millisecond of CPU and several turns, so a goroutine does it,
// one of a bounded number, for whom the loop watches the socket. Afterwards the same
// tls.Conn goes on on the loop, over a [Shim] that says "would block" where a socket
// would wait.
//
// A [Handler] is told when the connection stands, what has come and when it ends, never
// from within a call that it has made itself.
package wire

import (
	"cmp"
	"crypto/tls"
	"runtime"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Resolver    *dns.Resolver // of host names, which the Dialer does not close; required
	Handshakes  int           // TLS handshakes at a time, of all loops; default 256
	MaxIn       int           // bytes that a Handler may leave unread; default 1 MiB
	MaxOut      int           // bytes that may wait to be sent; default 1 MiB
	Pass        int           // bytes read for one readiness, as other descriptors want their turn; default 256 KiB
	Idle        time.Duration // of a connection until TCP asks whether the peer is there; default 30 s
	UserTimeout time.Duration // how long sent bytes may stay unacknowledged; default 10 s
}

func (c Config) withDefaults() Config {
	c.Handshakes = cmp.Or(c.Handshakes, 256)
	c.MaxIn = cmp.Or(c.MaxIn, 1<<20)
	c.Pass = cmp.Or(c.Pass, 256<<10)
	c.MaxOut = cmp.Or(c.MaxOut, 1<<20)
	c.Idle = cmp.Or(c.Idle, 30*time.Second)
	c.UserTimeout = cmp.Or(c.UserTimeout, 10*time.Second)
	return c
}

// A Target is where a connection leads.
type Target struct {
	Host string // a name, or an IP address without brackets
	Port uint16
	TLS  *tls.Config // nil: none. ServerName is Host unless set; it is copied, not changed
}

// A Handler has a connection, and is told about it on its loop.
type Handler interface {
	// Opened says that c stands, TLS and all. Once at most.
	Opened(l *loop.Loop, c *Conn)
	// Received gives all that has come and was not used before. It returns how many
	// bytes are used; the others come again, in front of what arrives next. b is the
	// loop's and dead afterwards.
	Received(l *loop.Loop, c *Conn, b []byte) (used int)
	// Closed says that c has ended, or did not come about. It is the last call, and
	// does not come after Close.
	Closed(l *loop.Loop, c *Conn, err *Error)
}

// A Dialer makes connections, on every loop of a group, and bounds their handshakes:
// one for each backend, so that one which hangs takes nothing from another.
type Dialer struct {
	cfg    Config
	group  *loop.Group
	ops    *asyncops.Set
	hands  *hands
	kind   timer.Kind // an attempt or a handshake is out of time; ref is the Conn's slot
	states loop.Local[state]
	stats  []*counters // by loop
}

// A state is one loop's share of a Dialer.
type state struct {
	stats   *counters
	conns   asyncops.Slots[Conn] // all that hold, or may hold, a descriptor
	scratch []byte               // what is read goes here first
	closed  bool
}

// scratchSize is how much one read takes at most.
const scratchSize = 64 << 10

// New makes a Dialer. Call it before g.Start. Look-ups are begun in ops.
func New(g *loop.Group, ops *asyncops.Set, cfg Config) *Dialer {
	d := &Dialer{cfg: cfg.withDefaults(), group: g, ops: ops}
	d.hands = &hands{
		most:  int64(d.cfg.Handshakes),
		cores: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), // the loops want to compute as well
		quit:  make(chan struct{}),
	}
	d.kind = g.NewKind(func(l *loop.Loop, ref uint64) { d.states.On(l).conns.At(ref).expired(l) })
	d.stats = metrics.PerLoop[counters](g.Len())
	d.states = loop.NewLocal(g, func(i int) state { return state{stats: d.stats[i]} })
	return d
}

// Close ends all connections: each Handler is told. It must not be called on a loop.
func (d *Dialer) Close() {
	for i := range d.group.Len() {
		d.group.Do(i, func(l *loop.Loop) { d.states.On(l).close(l) })
	}
	d.hands.end()
	for i := range d.group.Len() { // handshakes that could not tell of their end
		d.group.Do(i, func(l *loop.Loop) {
			for c := range d.states.On(l).conns.All {
				c.recall(l)
			}
		})
	}
}

func (s *state) close(l *loop.Loop) {
	s.closed = true
	for c := range s.conns.All {
		c.end(l, ErrClosed)
	}
}

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	attempts, opened, failed, handshakes metrics.Counter
	open                                 metrics.Gauge
}

// Stats is what a Dialer has done on all its loops.
type Stats struct {
	Attempts   uint64 // TCP connections attempted
	Handshakes uint64 // TLS handshakes begun
	Opened     uint64 // connections that stood
	Failed     uint64 // dialed in vain
	Open       int64  // connections that stand now
}

// Snapshot sums the counters of all loops; any goroutine may call it.
func (d *Dialer) Snapshot() Stats {
	var s Stats
	for _, n := range d.stats {
		s.Attempts += n.attempts.Load()
		s.Handshakes += n.handshakes.Load()
		s.Opened += n.opened.Load()
		s.Failed += n.failed.Load()
		s.Open += n.open.Load()
	}
	return s
}
