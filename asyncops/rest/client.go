// Package rest makes HTTP requests as operations a script can wait for.
//
// A request runs on the loop that starts it, http and https alike: connections of package
// wire, a bounded keep-alive pool per origin and loop, the response framed here as its
// bytes come and parsed by fasthttp's codec once it is whole. Responses come back as they
// are: redirections are followed if asked for only, content codings not undone, cookies
// not kept.
//
// The package refuses what could split a request (control characters in URLs and
// fields, framing fields from the caller) and answers whose end could be read in
// two ways.
package rest

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// The values of Request.Code: what OpenSIPS's rest_get and the others return.
const (
	CodeOK              int32 = 1
	CodeRefused         int32 = -1  // no connection could be made
	CodeConnectTimeout  int32 = -2  // none was made in time
	CodeTransferTimeout int32 = -3  // connected, but the answer was not complete in time
	CodeConnecting      int32 = -4  // another connection is being made, and OneConnect is set
	CodeInternal        int32 = -10 // anything else: bad URL, unknown host, broken answer, limits
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	ConnectTimeout  time.Duration // until a connection stands; default 20 s (connection_timeout)
	TransferTimeout time.Duration // the whole request, waiting and connecting included; default 20 s (curl_timeout)
	ConnsPerOrigin  int           // connections to one origin, per loop; default 32
	MaxConns        int           // connections to all origins, per loop; default 512
	Queue           int           // requests waiting for a connection, per origin and loop; default 1024
	MaxOrigins      int           // origins known at a time, per loop; default 256
	IdleTimeout     time.Duration // how long an unused connection is kept; default 30 s
	MaxBody         int           // bytes of a response body; default 10 MiB
	MaxHeader       int           // bytes of a response header; default 16 KiB
	MaxRequest      int           // bytes of a request; default 16 MiB
	UserAgent       string        // default "fastsips"
	Breaker         asyncops.BreakerConfig
	Resolver        *dns.Resolver // of host names, which the client does not close; nil means one of its own
	TLS             *tls.Config   // of https; nil means the system's roots
	Handshakes      int           // of TLS at a time, over all loops; half of them for one origin; default 256
	OneConnect      bool          // refuse what needs a connection while one is being made, per origin and loop
	Expect100       bool          // ask for "100 Continue" before a body of more than 1024 bytes is sent
	MaxRedirects    int           // how many redirections are followed; default none
}

func (c Config) withDefaults() Config {
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 20*time.Second)
	c.TransferTimeout = cmp.Or(c.TransferTimeout, 20*time.Second)
	c.ConnsPerOrigin = cmp.Or(c.ConnsPerOrigin, 32)
	c.MaxConns = cmp.Or(c.MaxConns, 512)
	c.Queue = cmp.Or(c.Queue, 1024)
	c.MaxOrigins = cmp.Or(c.MaxOrigins, 256)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 30*time.Second)
	c.MaxBody = cmp.Or(c.MaxBody, 10<<20)
	c.MaxHeader = cmp.Or(c.MaxHeader, 16<<10)
	c.UserAgent = cmp.Or(c.UserAgent, "fastsips")
	c.MaxRequest = cmp.Or(c.MaxRequest, 16<<20)
	c.Handshakes = cmp.Or(c.Handshakes, 256)
	if c.TLS == nil {
		c.TLS = new(tls.Config)
	}
	return c
}

// A Client makes requests on every loop of a group.
type Client struct {
	cfg      Config
	group    *loop.Group
	ops      *asyncops.Set
	log      *slog.Logger
	resolver *dns.Resolver
	requestT timer.Kind // connect and transfer timeouts; ref is the request's slot
	idleT    timer.Kind // idle connections; ref is the connection's slot
	dialer   *wire.Dialer
	states   loop.Local[state]
	requests loop.Pool[Request]
	stats    []*counters       // by loop
	backend  *asyncops.Backend // of what goes to no origin
}

// New makes a client. Call it before g.Start. Ops is where its requests will be
// begun; it keeps their deadlines.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) *Client {
	c := &Client{cfg: cfg.withDefaults(), group: g, ops: ops, log: log, resolver: cfg.Resolver}
	if c.resolver == nil {
		c.resolver = dns.New(g, ops, dns.Config{Names: 2048})
	}
	c.backend = ops.Backend("rest", asyncops.OtherBackends)
	c.requestT = g.NewKind(func(l *loop.Loop, ref uint64) { c.states.On(l).busy.At(ref).expired(l) })
	c.idleT = g.NewKind(func(l *loop.Loop, ref uint64) { c.states.On(l).conns.At(ref).expired(l) })
	c.requests = loop.NewPool[Request](g)
	c.stats = metrics.PerLoop[counters](g.Len())
	c.states = loop.NewLocal(g, func(i int) state {
		return state{
			client:  c,
			stats:   c.stats[i],
			origins: make(map[string]*origin),
			lines:   bufio.NewReaderSize(nil, c.cfg.MaxHeader+4096),
		}
	})
	c.dialer = wire.New(g, ops, wire.Config{
		Resolver:   c.resolver,
		Handshakes: c.cfg.Handshakes,
		MaxIn:      2 * (c.cfg.MaxBody + c.cfg.MaxHeader), // chunks of a few bytes each take more than they bring
		MaxOut:     c.cfg.MaxRequest,
	})
	return c
}

// Close ends all connections and workers. Requests under way end as internal
// errors. Call it while the loops still run, or after they have ended.
func (c *Client) Close() {
	for i := range c.group.Len() {
		c.group.Do(i, func(l *loop.Loop) { c.states.On(l).close(l) })
	}
	c.dialer.Close()
	if c.cfg.Resolver == nil {
		c.resolver.Close()
	}
}

// Request returns an unused request of l. Free it when its results have been read.
func (c *Client) Request(l *loop.Loop) *Request {
	r := c.requests.Get(l)
	r.client, r.resp.KeepBodyBuffer = c, true
	r.reset()
	return r
}

// state is one loop's share of a client.
type state struct {
	client  *Client
	stats   *counters
	busy    asyncops.Slots[Request] // those with a timer
	conns   asyncops.Slots[conn]    // all connections
	origins map[string]*origin
	key     []byte // scratch for an origin's key
	closed  bool
	// what the codec reads a whole message through
	whole bytes.Reader
	lines *bufio.Reader
}

func (s *state) close(l *loop.Loop) {
	s.closed = true
	for _, o := range s.origins {
		o.close(l)
	}
	clear(s.origins)
}
