package rest

import (
	"io"
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// A conn is one connection to an origin. It carries one request at a time.
type conn struct {
	o      *origin
	slot   uint32
	state  connState
	wire   *wire.Conn
	req    *Request
	reused bool // has carried a request before
	heard  bool // something of the answer has come
	frame  frame
	timer  timer.Handle // looks after idle time; may be armed while busy
	since  int64        // idle since
}

type connState uint8

const (
	connecting connState = iota
	busy
	idle
	closed
)

var _ wire.Handler = (*conn)(nil)

// connect makes a new connection for r.
func (o *origin) connect(l *loop.Loop, r *Request) {
	cfg := &o.client.cfg
	c := &conn{o: o, req: r, frame: frame{maxHeader: cfg.MaxHeader, maxBody: cfg.MaxBody}}
	c.slot = o.state.conns.Add(c)
	o.open++
	o.opening++
	o.state.stats.conns.Add(1)
	r.conn, r.phase = c, phaseConnect
	to := wire.Target{Host: o.host, Port: o.port, TLS: o.tls}
	c.wire = o.client.dialer.Dial(l, to, min(r.deadline, l.Now()+int64(cfg.ConnectTimeout)), c)
}

// Opened begins the first exchange.
func (c *conn) Opened(l *loop.Loop, _ *wire.Conn) {
	c.o.opening--
	c.transfer(l)
	c.o.pump(l) // now another may be made
}

// serve sends r on a connection that stands.
func (c *conn) serve(l *loop.Loop, r *Request) {
	c.req, r.conn = r, c
	c.reused = true
	c.transfer(l)
}

// transfer begins the exchange.
func (c *conn) transfer(l *loop.Loop) {
	r := c.req
	c.state, r.phase, c.heard = busy, phaseTransfer, false
	c.frame.reset(string(r.method) == "HEAD")
	if r.holds = r.expects; r.holds {
		r.arm(l, min(r.deadline, l.Now()+int64(expectWait)))
		c.wire.Write(l, r.out[:r.head])
		return
	}
	c.wire.Write(l, r.out) // it fits, Start has seen to that
}

// release sends the body of a request that has waited for "100 Continue".
func (c *conn) release(l *loop.Loop) {
	r := c.req
	r.holds = false
	r.arm(l, r.deadline)
	c.wire.Write(l, r.out[r.head:])
}

// Received takes what has come. All of it stays with the wire until the answer is whole.
func (c *conn) Received(l *loop.Loop, _ *wire.Conn, b []byte) (used int) {
	if c.state == idle { // bytes that nobody asked for
		c.close(l)
		return 0
	}
	c.heard = true
	if c.judge(l, b, false) {
		return len(b)
	}
	return 0
}

// judge asks the frame; true if the exchange has ended.
func (c *conn) judge(l *loop.Loop, b []byte, eof bool) bool {
	switch v := c.frame.feed(b, eof); {
	case v == complete:
		c.answered(l, b)
	case v == more:
		if c.req.holds && c.frame.goesOn {
			c.release(l)
		}
		return false
	case v == broken && eof:
		c.lost(l)
	default:
		c.fail(l)
	}
	return true
}

// Closed is told when the connection did not come about, or has ended.
func (c *conn) Closed(l *loop.Loop, w *wire.Conn, err *wire.Error) {
	switch {
	case c.state == connecting:
		c.refused(l, err)
	case c.state == idle:
		c.close(l)
	case err.Err == io.EOF: // it may end a body without length; a cut does not
		c.judge(l, w.Unread(), true)
	default:
		c.lost(l)
	}
}

// refused ends a request that got no connection.
func (c *conn) refused(l *loop.Loop, err *wire.Error) {
	r, o := c.req, c.o
	out, code := asyncops.Failed, CodeRefused
	switch {
	case err.Timeout():
		out, code = asyncops.TimedOut, CodeConnectTimeout
	case err.Err == wire.ErrBusy:
		out, code = asyncops.Overloaded, CodeInternal
	case err.Ours(), err.Stage == wire.Resolving, err.Stage == wire.Handshaking:
		code = CodeInternal
	}
	c.req, r.conn = nil, nil
	c.close(l)
	if !err.Ours() {
		o.failure(l, err)
	}
	r.end(l, out, code)
	o.pump(l)
}

// answered parses the whole response and passes it on.
func (c *conn) answered(l *loop.Loop, b []byte) {
	r, o := c.req, c.o
	if !o.state.parse(b[c.frame.start:c.frame.end], r) {
		c.fail(l)
		return
	}
	c.req, r.conn = nil, nil
	if c.reusable(r, len(b)) {
		c.keep(l)
	} else {
		c.close(l)
	}
	o.success(l)
	if !r.goOn(l) {
		o.pump(l)
		r.end(l, asyncops.Completed, CodeOK)
		return
	}
	o.pump(l)
}

// reusable says whether the next response will begin where this one ended.
func (c *conn) reusable(r *Request, received int) bool {
	return !r.holds && c.wire.Pending() == 0 && received == c.frame.end && !c.frame.untilClose &&
		!r.resp.ConnectionClose() && !c.o.state.closed
}

// parse gives one whole message to the codec.
func (s *state) parse(b []byte, r *Request) bool {
	s.whole.Reset(b)
	s.lines.Reset(&s.whole)
	r.resp.SkipBody = string(r.method) == "HEAD"
	err := r.resp.ReadLimitBody(s.lines, s.client.cfg.MaxBody)
	// Bytes left over: the codec sees another end than the frame does.
	ok := err == nil && s.whole.Len() == 0 && s.lines.Buffered() == 0
	s.whole.Reset(nil)
	return ok
}

// keep keeps c for the next request.
func (c *conn) keep(l *loop.Loop) {
	c.state, c.since = idle, l.Now()
	c.o.idle = append(c.o.idle, c)
	if c.timer == 0 {
		c.timer = l.After(c.o.client.cfg.IdleTimeout, c.o.client.idleT, uint64(c.slot))
	}
}

// expired is called when c may have been idle for too long.
func (c *conn) expired(l *loop.Loop) {
	c.timer = 0
	if c.state != idle {
		return // keep arms it again
	}
	left := c.o.client.cfg.IdleTimeout - time.Duration(l.Now()-c.since)
	if left <= 0 {
		c.close(l)
		return
	}
	c.timer = l.After(left, c.o.client.idleT, uint64(c.slot))
}

// lost ends c, which the server has closed. A kept connection may go in the very
// moment it is used again: if no byte of the answer has come, and the request may be
// repeated, it is sent once more on a fresh one (RFC 9112 §9.3.1).
func (c *conn) lost(l *loop.Loop) {
	r, o := c.req, c.o
	if !c.reused || c.heard || r.retried || !r.repeatable() {
		c.fail(l)
		return
	}
	c.req, r.conn = nil, nil
	r.retried = true
	c.close(l)
	o.state.stats.retried.Inc()
	o.connect(l, r)
}

// fail ends an exchange whose answer is broken, cut off or too big.
func (c *conn) fail(l *loop.Loop) {
	r, o := c.req, c.o
	r.got = c.frame.status
	c.req, r.conn = nil, nil
	c.close(l)
	o.failure(l, errBroken)
	r.end(l, asyncops.Failed, CodeInternal)
	o.pump(l)
}

// close closes c, which carries no request.
func (c *conn) close(l *loop.Loop) {
	if c.req != nil || c.state == closed {
		panic("BUG: connection closed twice or under a request")
	}
	o := c.o
	switch c.state {
	case idle:
		i := slices.Index(o.idle, c)
		o.idle = slices.Delete(o.idle, i, i+1)
	case connecting:
		o.opening--
	}
	c.state = closed
	c.wire.Close(l)
	if c.timer != 0 {
		l.StopTimer(c.timer)
	}
	o.state.conns.Remove(c.slot)
	o.open--
	o.state.stats.conns.Add(-1)
}
