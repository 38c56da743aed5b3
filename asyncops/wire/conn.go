package wire

import (
	"crypto/tls"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// A Conn is one client connection of a loop.
type Conn struct {
	d       *Dialer
	handler Handler
	target  Target
	stage   Stage
	closed  bool
	slot    uint32

	// on the way
	by        int64        // the deadline
	timer     timer.Handle // of an attempt, or of the whole
	lookup    asyncops.Token
	addrs     []loop.Addr // still to be tried
	remote    loop.Addr
	err       error // of the last attempt
	task      loop.Task
	handshake *handshake // nil: none goes on

	// standing
	w       *loop.Watch
	fd      int
	tls     *tls.Conn // nil: none
	shim    *Shim
	in      []byte // received, not used
	out     []byte // out[sent:] has not left
	sent    int
	plain   []byte // what TLS is to encrypt
	full    bool   // the socket takes no more: write interest is on
	queued  bool   // task runs at the end of this pass, to send
	more    loop.Task
	resumes bool // more is posted
	werr    error
}

// Dial begins to make a connection that h has. By is the deadline, in nanoseconds of
// Loop.Now, until which it must stand.
func (d *Dialer) Dial(l *loop.Loop, to Target, by int64, h Handler) *Conn {
	s := d.states.On(l)
	c := &Conn{d: d, handler: h, target: to, by: by, fd: -1}
	c.slot = s.conns.Add(c)
	c.task.Run = c.begin
	c.more.Run = c.readOn
	l.Defer(&c.task) // not now: h is not called within Dial
	return c
}

// Close ends c without a word to its Handler. What is queued is sent if the socket
// takes it, with TLS a close_notify behind it. A second Close is a no-op.
func (c *Conn) Close(l *loop.Loop) {
	if c.closed {
		return
	}
	if c.stage == Open && c.werr == nil {
		c.sayGoodbye(l)
	}
	c.release(l)
}

// Quiet reports whether nothing has come that was not read, as far as the kernel knows
// now: no end of the connection either.
func (c *Conn) Quiet() bool {
	var b [1]byte
	n, _, err := unix.Recvfrom(c.fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return n <= 0 && err == unix.EAGAIN && len(c.in) == 0
}

// Stage tells how far c has come, or had come when it ended.
func (c *Conn) Stage() Stage { return c.stage }

// Remote is the address that c leads to, or that was tried last.
func (c *Conn) Remote() loop.Addr { return c.remote }

// Unread is what has come and was not used. It is of use in Closed.
func (c *Conn) Unread() []byte { return c.in }

// TLS returns the state of c's TLS, nil if it has none or does not stand.
func (c *Conn) TLS() *tls.ConnectionState {
	if c.tls == nil {
		return nil
	}
	s := c.tls.ConnectionState()
	return &s
}

// end gives c up and tells its Handler.
func (c *Conn) end(l *loop.Loop, err error) {
	if c.closed {
		return
	}
	if c.stage != Open {
		c.d.states.On(l).stats.failed.Inc()
	}
	c.release(l)
	c.handler.Closed(l, c, &Error{c.stage, err})
}

// release frees what c holds. A socket that a handshake uses comes back later.
func (c *Conn) release(l *loop.Loop) {
	c.closed = true
	s := c.d.states.On(l)
	c.stop(l)
	if c.lookup != 0 {
		c.d.ops.On(l).Abandon(l, c.lookup)
		c.lookup = 0
	}
	if c.stage == Open {
		s.stats.open.Add(-1)
	}
	if !c.handshake.abandon() {
		c.unwatch(l)
		s.conns.Remove(c.slot)
	}
}

// stop stops c's timer.
func (c *Conn) stop(l *loop.Loop) {
	if c.timer != 0 {
		l.StopTimer(c.timer)
		c.timer = 0
	}
}

// arm sets c's timer to at.
func (c *Conn) arm(l *loop.Loop, at int64) {
	c.stop(l)
	c.timer = l.Timers().Arm(at, c.d.kind, uint64(c.slot))
}

func (c *Conn) unwatch(l *loop.Loop) {
	if c.w != nil {
		c.w.Close(l)
		c.w, c.fd = nil, -1
	}
}

// Ready is called by the loop.
func (c *Conn) Ready(l *loop.Loop, w *loop.Watch, ev loop.Events) {
	switch {
	case w != c.w || c.closed:
	case c.stage == Connecting:
		c.tryConnected(l)
	case c.stage == Handshaking:
		if err := w.Modify(l, 0); err != nil {
			c.end(l, err)
			return
		}
		c.handshake.tell()
	default:
		if ev&loop.Writable != 0 {
			c.flush(l)
		}
		if ev&^loop.Writable != 0 {
			c.read(l)
		}
	}
}
