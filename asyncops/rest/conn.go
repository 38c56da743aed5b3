package rest

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// A conn is one connection to an origin. It carries one request at a time.
type conn struct {
	o       *origin
	slot    uint32
	state   connState
	fd      int
	w       *loop.Watch
	writing bool // also watched for writability
	req     *Request
	addrs   []loop.Addr // still to be tried
	err     error       // of the last attempt
	reused  bool        // has carried a request before
	in      []byte      // the response so far
	frame   frame
	timer   timer.Handle // looks after idle time; may be armed while busy
	since   int64        // idle since
}

type connState uint8

const (
	connecting connState = iota
	busy
	idle
	closed
)

const (
	firstRead  = 4 << 10   // initial size of a read buffer
	keptRead   = 16 << 10  // largest one that an idle connection keeps
	passRead   = 256 << 10 // bytes read in one pass: other fds want their turn
	maxAttempt = 8         // addresses tried
)

// dial makes a connection to one of addrs for r.
func (o *origin) dial(l *loop.Loop, r *Request, addrs []loop.Addr) {
	c := &conn{o: o, req: r, addrs: addrs[:min(len(addrs), maxAttempt)], fd: -1}
	c.frame = frame{maxHeader: o.client.cfg.MaxHeader, maxBody: o.client.cfg.MaxBody}
	c.slot = o.state.conns.add(c)
	o.open++
	o.state.stats.conns.Add(1)
	r.conn, r.phase = c, phaseConnect
	if !c.nextAddress(l) {
		c.refused(l)
	}
}

// nextAddress begins to connect to the next address, if one is left. Each gets
// its share of the time that remains.
func (c *conn) nextAddress(l *loop.Loop) bool {
	for len(c.addrs) > 0 {
		c.unwatch(l)
		now := l.Now()
		whole := min(c.req.deadline, now+int64(c.o.client.cfg.ConnectTimeout))
		share := now + (whole-now)/int64(len(c.addrs))
		a := c.addrs[0].WithPort(c.o.port)
		c.addrs = c.addrs[1:]
		if c.err = c.attempt(l, a); c.err == nil {
			if c.state == connecting {
				c.req.arm(l, share)
			}
			return true
		}
	}
	return false
}

// attempt starts a non-blocking connect.
func (c *conn) attempt(l *loop.Loop, a loop.Addr) error {
	c.o.state.stats.connects.Inc()
	family := unix.AF_INET6
	if a.Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	// A request is one write; it must not wait for an acknowledgement.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if err = unix.Connect(fd, sockaddr(a)); err != nil && err != unix.EINPROGRESS {
		unix.Close(fd)
		return err
	}
	w, werr := l.Watch(fd, loop.Readable|loop.Writable, c)
	if werr != nil {
		unix.Close(fd)
		return werr
	}
	c.fd, c.w, c.writing = fd, w, true
	return nil // even a connection that stands already reports writability
}

func sockaddr(a loop.Addr) unix.Sockaddr {
	ap := a.AddrPort()
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().Unmap().As4()}
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16()}
}

// Ready is called by the loop.
func (c *conn) Ready(l *loop.Loop, w *loop.Watch, ev loop.Events) {
	if w != c.w {
		return
	}
	switch c.state {
	case connecting:
		c.connected(l)
	case busy:
		if ev&loop.Writable != 0 && c.writing && !c.flush(l) {
			return
		}
		if ev&^loop.Writable != 0 {
			c.read(l)
		}
	case idle: // closed by the server, or bytes that nobody asked for
		c.close(l)
	}
}

// connected is called when the attempt to connect has ended.
func (c *conn) connected(l *loop.Loop) {
	n, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && n != 0 {
		err = unix.Errno(n)
	}
	if err == nil {
		c.transfer(l)
		return
	}
	c.err = err
	if !c.nextAddress(l) {
		o := c.o
		c.refused(l)
		o.pump(l)
	}
}

// refused ends a request that got no connection.
func (c *conn) refused(l *loop.Loop) {
	r, out, code := c.req, asyncops.Failed, CodeRefused
	switch {
	case errors.Is(c.err, unix.ETIMEDOUT):
		out, code = asyncops.TimedOut, CodeConnectTimeout
	case errors.Is(c.err, unix.EMFILE), errors.Is(c.err, unix.ENFILE), errors.Is(c.err, unix.ENOBUFS), errors.Is(c.err, unix.ENOMEM):
		code = CodeInternal
	}
	c.req, r.conn = nil, nil
	c.close(l)
	c.o.failure(l)
	r.end(l, out, code)
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
	c.state, r.phase, r.sent = busy, phaseTransfer, 0
	r.arm(l, r.deadline)
	c.in = c.in[:0]
	c.frame.reset(string(r.method) == "HEAD")
	c.flush(l)
}

// flush sends what is left of the request; false if c is gone.
func (c *conn) flush(l *loop.Loop) bool {
	r := c.req
	for r.sent < len(r.out) {
		n, err := unix.Write(c.fd, r.out[r.sent:])
		switch {
		case n > 0:
			r.sent += n
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return c.watch(l, true)
		default:
			c.lost(l)
			return false
		}
	}
	return c.watch(l, false)
}

// watch watches c for readability, and for writability if asked.
func (c *conn) watch(l *loop.Loop, writing bool) bool {
	if c.writing == writing {
		return true
	}
	on := loop.Readable
	if writing {
		on |= loop.Writable
	}
	if err := c.w.Modify(l, on); err != nil {
		c.lost(l)
		return false
	}
	c.writing = writing
	return true
}

// read takes what has come.
func (c *conn) read(l *loop.Loop) {
	for budget := passRead; budget > 0; {
		c.grow()
		n, err := unix.Read(c.fd, c.in[len(c.in):cap(c.in)])
		switch {
		case n > 0:
			budget -= n
			short := n < cap(c.in)-len(c.in)
			c.in = c.in[:len(c.in)+n]
			if c.judge(l, false) || short {
				return // a short read has emptied the socket
			}
		case n == 0 && err == nil:
			c.judge(l, true)
			return
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return
		default: // a reset ends a body without length as well, but not well
			c.lost(l)
			return
		}
	}
}

// grow makes room to read into.
func (c *conn) grow() {
	if cap(c.in) == 0 {
		c.in = make([]byte, 0, firstRead)
	}
	if len(c.in) == cap(c.in) {
		c.in = slices.Grow(c.in, len(c.in))
	}
}

// judge asks the frame; true if the exchange has ended.
func (c *conn) judge(l *loop.Loop, eof bool) bool {
	cfg := &c.o.client.cfg
	switch v := c.frame.feed(c.in, eof); {
	case v == complete:
		c.answered(l)
	case v == more && len(c.in) <= 2*(cfg.MaxBody+cfg.MaxHeader):
		return false
	case v == broken && eof:
		c.lost(l)
	default:
		c.fail(l)
	}
	return true
}

// answered parses the whole response and passes it on.
func (c *conn) answered(l *loop.Loop) {
	r, o := c.req, c.o
	if !o.state.parse(c.in[c.frame.start:c.frame.end], r) {
		c.fail(l)
		return
	}
	c.req, r.conn = nil, nil
	if c.reusable(r) {
		c.keep(l)
	} else {
		c.close(l)
	}
	o.success(l)
	o.pump(l)
	r.end(l, asyncops.Completed, CodeOK)
}

// reusable says whether the next response will begin where this one ended.
func (c *conn) reusable(r *Request) bool {
	return r.sent == len(r.out) && len(c.in) == c.frame.end && !c.frame.untilClose &&
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
	if cap(c.in) > keptRead {
		c.in = nil
	}
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
// moment it is used again: if no byte of the answer has come, the request is sent
// once more on a fresh one (RFC 9112 §9.3.1; like curl we do so for any method).
func (c *conn) lost(l *loop.Loop) {
	r, o := c.req, c.o
	if !c.reused || len(c.in) > 0 || r.retried {
		c.fail(l)
		return
	}
	c.req, r.conn = nil, nil
	r.retried = true
	c.close(l)
	o.state.stats.retried.Inc()
	o.connect(l, r)
	o.pump(l) // that may have failed at once
}

// fail ends an exchange whose answer is broken, cut off or too big.
func (c *conn) fail(l *loop.Loop) {
	r, o := c.req, c.o
	c.req, r.conn = nil, nil
	c.close(l)
	o.failure(l)
	r.end(l, asyncops.Failed, CodeInternal)
	o.pump(l)
}

func (c *conn) unwatch(l *loop.Loop) {
	if c.w != nil {
		c.w.Close(l)
		c.w, c.fd = nil, -1
	}
}

// close closes c, which carries no request.
func (c *conn) close(l *loop.Loop) {
	if c.req != nil || c.state == closed {
		panic("BUG: connection closed twice or under a request")
	}
	o := c.o
	if c.state == idle {
		i := slices.Index(o.idle, c)
		o.idle = slices.Delete(o.idle, i, i+1)
	}
	c.state = closed
	c.unwatch(l)
	if c.timer != 0 {
		l.StopTimer(c.timer)
	}
	o.state.conns.remove(c.slot)
	o.open--
	o.state.stats.conns.Add(-1)
}
