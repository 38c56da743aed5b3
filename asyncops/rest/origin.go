package rest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
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
	tls       *tls.Config // of an https origin
	backend   *asyncops.Backend
	breaker   asyncops.Breaker
	down      bool                    // the breaker was told of failures only since the last success
	untrusted bool                    // TLS has failed since then, and the log says why
	waiting   asyncops.Queue[Request] // for a connection
	idle      []*conn
	open      int // connections, also those being made
	opening   int // those being made
	pumping   bool
	later     loop.Task
	scheduled bool
	used      int64 // when it was last asked for
}

// origin finds or makes the origin of t for r; nil if there are too many busy ones.
func (s *state) origin(l *loop.Loop, t *target, r *Request) *origin {
	s.key = t.appendKey(s.key[:0])
	cfg := s.client.cfg.TLS
	if t.secure && r.tls != nil {
		s.key = append(append(s.key, '/'), r.tlsName...)
		cfg = r.tls
	}
	o := s.origins[string(s.key)]
	if o == nil {
		if len(s.origins) >= s.client.cfg.MaxOrigins && !s.forget(l) {
			return nil
		}
		o = s.newOrigin(l, t)
		s.origins[o.key] = o
	}
	if t.secure && o.tls != cfg { // reloaded
		o.tls = cfg
		o.closeIdle(l)
	}
	o.used = l.Now()
	return o
}

func (s *state) newOrigin(l *loop.Loop, t *target) *origin {
	o := &origin{client: s.client, state: s, key: string(s.key), host: string(bytes.ToLower(t.host)), port: t.port, secure: t.secure}
	o.backend = s.client.ops.Backend("rest", t.label())
	o.breaker = asyncops.NewBreaker(s.client.cfg.Breaker).ShownBy(o.backend.On(l))
	o.waiting = asyncops.NewQueue[Request](&o.backend.On(l).Queued)
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
	return o.waiting.Len() == 0 && o.open == len(o.idle) && !o.scheduled
}

// mayOpen reports whether another connection may be made. An https origin that does not
// answer must not take all handshakes: half of them, shared out over the loops.
func (o *origin) mayOpen() bool {
	if o.open >= o.client.cfg.ConnsPerOrigin {
		return false
	}
	return !o.secure || o.opening < max(1, o.client.cfg.Handshakes/(2*o.client.group.Len()))
}

// pump serves waiting requests as long as there is room. Ending one may begin
// another; the inner call then leaves the work to the outer one.
func (o *origin) pump(l *loop.Loop) {
	if o.pumping {
		return
	}
	o.pumping = true
	for o.waiting.Len() > 0 && (len(o.idle) > 0 || o.mayOpen()) {
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
	i := o.usable(r)
	if i < 0 && o.client.cfg.OneConnect && o.opening > 0 {
		r.end(l, asyncops.Failed, CodeConnecting)
		return
	}
	if i < 0 && o.state.conns.Len() >= o.client.cfg.MaxConns && !o.state.dropIdle(l) {
		r.end(l, asyncops.Overloaded, CodeInternal)
		return
	}
	if !o.breaker.Allow(l.Now()) {
		r.end(l, asyncops.Unavailable, CodeRefused)
		return
	}
	if i < 0 {
		o.connect(l, r)
		return
	}
	c := o.idle[i]
	o.idle = slices.Delete(o.idle, i, i+1)
	o.state.stats.reused.Inc()
	c.serve(l, r)
}

func (o *origin) success(l *loop.Loop) {
	o.breaker.Success()
	o.untrusted = false
	if o.down {
		o.down = false
		o.client.log.Info("rest: origin answers again", "host", o.host, "port", o.port, "loop", l.Index())
	}
}

var errBroken = errors.New("no HTTP answer, one cut off, or one too big")

func (o *origin) failure(l *loop.Loop, err error) {
	o.breaker.Failure(l.Now())
	var w *wire.Error
	if !o.untrusted && errors.As(err, &w) && w.Stage == wire.Handshaking && !w.Timeout() {
		o.untrusted = true
		o.client.log.Warn("rest: no TLS with an origin", "host", o.host, "port", o.port, "error", err, "loop", l.Index())
	}
	if !o.down && o.breaker.Open() {
		o.down = true
		o.client.log.Warn("rest: origin does not answer", "host", o.host, "port", o.port, "error", err, "loop", l.Index())
	}
}

func (o *origin) closeIdle(l *loop.Loop) {
	for len(o.idle) > 0 {
		o.idle[0].close(l)
	}
}

// usable is the place of the idle connection that r may use, -1 if there is none. The one
// used last is the least likely to be gone; what cannot be repeated gets none that has
// something to say.
func (o *origin) usable(r *Request) int {
	for i := len(o.idle) - 1; i >= 0; i-- {
		if r.repeatable() || o.idle[i].wire.Quiet() {
			return i
		}
	}
	return -1
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
	for o.waiting.Len() > 0 {
		r := o.waiting.First()
		r.leave(l, false)
		r.end(l, asyncops.Failed, CodeInternal)
	}
	for c := range o.state.conns.All {
		switch {
		case c.o != o:
		case c.req != nil:
			c.fail(l)
		default:
			c.close(l)
		}
	}
}
