package rest

import (
	"bytes"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
)

// An origin is one scheme, host and port as one loop sees it: its connections, its
// breaker and the requests that wait for a connection.
type origin struct {
	client    *Client
	state     *state
	key       string
	host      string
	port      uint16
	secure    bool
	literal   []loop.Addr // of a host that is an IP address
	backend   *asyncops.Backend
	breaker   asyncops.Breaker
	down      bool                    // the breaker was told of failures only since the last success
	waiting   asyncops.Queue[Request] // for a connection
	resolving asyncops.Queue[Request] // for addresses; each holds a connection's place
	working   asyncops.Queue[Request] // https: for a worker; each holds a connection's place
	lookup    bool                    // a look-up is under way
	idle      []*conn
	open      int // connections, also those being made
	limit     int // of open, resolving and working together
	pumping   bool
	later     loop.Task
	scheduled bool
	used      int64 // when it was last asked for
}

// origin finds or makes the origin of t; nil if there are too many busy ones.
func (s *state) origin(l *loop.Loop, t *target) *origin {
	s.key = t.appendKey(s.key[:0])
	o := s.origins[string(s.key)]
	if o == nil {
		if len(s.origins) >= s.client.cfg.MaxOrigins && !s.forget(l) {
			return nil
		}
		o = s.newOrigin(l, t)
		s.origins[o.key] = o
	}
	o.used = l.Now()
	return o
}

func (s *state) newOrigin(l *loop.Loop, t *target) *origin {
	cfg := &s.client.cfg
	o := &origin{client: s.client, state: s, key: string(s.key), host: string(bytes.ToLower(t.host)), port: t.port, secure: t.secure}
	o.backend = s.client.ops.Backend("rest", t.label())
	o.breaker = asyncops.NewBreaker(cfg.Breaker).ShownBy(o.backend.On(l))
	o.waiting = asyncops.NewQueue[Request](&o.backend.On(l).Queued)
	o.limit = cfg.ConnsPerOrigin
	if t.secure {
		o.limit = max(1, cfg.TLSWorkers/(2*s.client.group.Len())) // one dead origin must not take all workers
	}
	if a, ok := loop.ParseIP(t.host); ok {
		o.literal = []loop.Addr{a}
	}
	o.later.Run = func(l *loop.Loop) {
		o.scheduled = false
		o.pump(l)
	}
	return o
}

// forget drops the origin that has been unused longest and has no work.
func (s *state) forget(l *loop.Loop) bool {
	var oldest *origin
	for _, o := range s.origins {
		if o.unused() && (oldest == nil || o.used < oldest.used) {
			oldest = o
		}
	}
	if oldest == nil {
		return false
	}
	oldest.closeIdle(l)
	oldest.breaker.Success() // it is shown no more
	delete(s.origins, oldest.key)
	return true
}

func (o *origin) unused() bool {
	return o.waiting.Len() == 0 && o.taken() == len(o.idle) && !o.lookup && !o.scheduled
}

// taken is how many places are taken.
func (o *origin) taken() int { return o.open + o.resolving.Len() + o.working.Len() }

// pump serves waiting requests as long as there is room. Ending one may begin
// another; the inner call then leaves the work to the outer one.
func (o *origin) pump(l *loop.Loop) {
	if o.pumping {
		return
	}
	o.pumping = true
	for o.waiting.Len() > 0 && (len(o.idle) > 0 || o.taken() < o.limit) {
		o.dispatch(l, o.waiting.Pop())
	}
	o.pumping = false
}

// pumpLater pumps at the end of this pass.
func (o *origin) pumpLater(l *loop.Loop) {
	if o.waiting.Len() > 0 && !o.scheduled {
		o.scheduled = true
		l.Defer(&o.later)
	}
}

// dispatch starts r in earnest: from here on the breaker hears how it ends.
func (o *origin) dispatch(l *loop.Loop, r *Request) {
	fresh := len(o.idle) == 0 && !o.secure
	if fresh && o.state.conns.len() >= o.client.cfg.MaxConns && !o.state.dropIdle(l) {
		r.end(l, asyncops.Overloaded, CodeInternal)
		return
	}
	if !o.breaker.Allow(l.Now()) {
		r.end(l, asyncops.Unavailable, CodeRefused)
		return
	}
	switch {
	case o.secure:
		o.submit(l, r)
	case fresh:
		o.connect(l, r)
	default:
		last := len(o.idle) - 1 // the one used last is the least likely to be gone
		c := o.idle[last]
		o.idle = o.idle[:last]
		o.state.stats.reused.Inc()
		c.serve(l, r)
	}
}

// connect makes a new connection for r.
func (o *origin) connect(l *loop.Loop, r *Request) {
	r.arm(l, min(r.deadline, l.Now()+int64(o.client.cfg.ConnectTimeout)))
	if o.literal != nil {
		o.dial(l, r, o.literal)
		return
	}
	r.phase = phaseResolve
	o.resolving.Push(&r.place, r)
	if !o.lookup {
		o.resolve(l)
	}
}

// resolve looks up the addresses of o's host.
func (o *origin) resolve(l *loop.Loop) {
	o.lookup = true
	q := o.client.resolver.Lookup(l)
	q.SetName([]byte(o.host))
	if _, out, pending := o.client.ops.On(l).Begin(l, q, o.client.cfg.ConnectTimeout, o); !pending {
		o.Resume(l, q, out)
	}
}

// Resume takes the answer of a look-up: it is an asyncops.Waiter.
func (o *origin) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*dns.Lookup)
	addrs := q.Addrs()
	q.Free(l)
	o.lookup = false
	if out == asyncops.TimedOut && o.resolving.Len() > 0 {
		o.resolve(l) // for those who came later: each has its own deadline
		return
	}
	for n := o.resolving.Len(); n > 0 && o.resolving.Len() > 0; n-- {
		r := o.resolving.Pop()
		if out != asyncops.Completed {
			o.failure(l)
			r.end(l, asyncops.Failed, CodeInternal)
			continue
		}
		o.dial(l, r, addrs)
	}
	o.pump(l)
}

func (o *origin) success(l *loop.Loop) {
	o.breaker.Success()
	if o.down {
		o.down = false
		o.client.log.Info("rest: origin answers again", "host", o.host, "port", o.port, "loop", l.Index())
	}
}

func (o *origin) failure(l *loop.Loop) {
	o.breaker.Failure(l.Now())
	if !o.down && o.breaker.Open() {
		o.down = true
		o.client.log.Warn("rest: origin does not answer", "host", o.host, "port", o.port, "loop", l.Index())
	}
}

func (o *origin) closeIdle(l *loop.Loop) {
	for len(o.idle) > 0 {
		o.idle[0].close(l)
	}
}

// dropIdle closes some origin's longest idle connection to make room.
func (s *state) dropIdle(l *loop.Loop) bool {
	for _, o := range s.origins {
		if len(o.idle) > 0 {
			o.idle[0].close(l)
			return true
		}
	}
	return false
}

// close ends everything of o; o takes no more.
func (o *origin) close(l *loop.Loop) {
	for _, q := range []*asyncops.Queue[Request]{&o.waiting, &o.resolving, &o.working} {
		for q.Len() > 0 {
			r := q.First()
			r.leave(l, false)
			r.end(l, asyncops.Failed, CodeInternal)
		}
	}
	for _, c := range slices.Clone(o.state.conns.all) {
		switch {
		case c == nil || c.o != o || c.state == closed:
		case c.req != nil:
			c.fail(l)
		default:
			c.close(l)
		}
	}
}
