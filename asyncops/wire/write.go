package wire

import (
	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/loop"
)

// Write sends b; what the socket does not take leaves later. False, and nothing is sent,
// if more than MaxOut bytes would wait or c does not stand.
func (c *Conn) Write(l *loop.Loop, b []byte) bool {
	if !c.takes(len(b)) {
		return false
	}
	if c.tls == nil && len(c.out) == 0 {
		b = b[c.push(l, b):]
	}
	if len(b) > 0 {
		c.append(b)
		if !c.full {
			c.flush(l)
		}
	}
	return true
}

// Queue is Write at the end of this pass, together with what else is queued until then:
// in one call of the kernel, in one TLS record.
func (c *Conn) Queue(l *loop.Loop, b []byte) bool {
	if !c.takes(len(b)) {
		return false
	}
	c.append(b)
	if !c.queued {
		c.queued = true
		l.Defer(&c.task)
	}
	return true
}

// Pending is how many bytes wait to be sent.
func (c *Conn) Pending() int { return len(c.out) - c.sent + len(c.plain) }

// takes reports whether n more bytes may wait.
func (c *Conn) takes(n int) bool {
	return c.stage == Open && !c.closed && c.Pending()+n <= c.d.cfg.MaxOut
}

// append puts b behind what waits.
func (c *Conn) append(b []byte) {
	if c.tls != nil {
		c.plain = append(c.plain, b...)
	} else {
		c.out = append(c.out, b...)
	}
}

func (c *Conn) flushQueued(l *loop.Loop) {
	c.queued = false
	if !c.closed {
		c.flush(l)
	}
}

// flush sends what the socket takes. An error ends the connection later, by the poll, so
// that the Handler is not called within its own call.
func (c *Conn) flush(l *loop.Loop) {
	if len(c.plain) > 0 {
		if _, err := c.tls.Write(c.plain); err != nil {
			c.hangUp(err)
			return
		}
		c.plain = c.plain[:0]
	}
	c.sent += c.push(l, c.out[c.sent:])
	if c.sent >= len(c.out)-c.sent { // a socket that never takes all must not let it grow
		c.out, c.sent = c.out[:copy(c.out, c.out[c.sent:])], 0
	}
	if cap(c.out) > keptIn && len(c.out) == 0 {
		c.out, c.plain = nil, nil
	}
}

// push writes b to the socket, and turns write interest on if not all has left.
func (c *Conn) push(l *loop.Loop, b []byte) (n int) {
	for n < len(b) && c.werr == nil {
		m, err := unix.Write(c.fd, b[n:])
		switch {
		case m > 0:
			n += m
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			c.interest(l, true)
			return n
		default:
			c.hangUp(err)
		}
	}
	c.interest(l, false)
	return n
}

// interest turns write interest on or off.
func (c *Conn) interest(l *loop.Loop, full bool) {
	if c.full == full {
		return
	}
	on := loop.Readable
	if full {
		on |= loop.Writable
	}
	if err := c.w.Modify(l, on); err != nil {
		c.hangUp(err)
		return
	}
	c.full = full
}

// hangUp makes the poll report the end of the connection, which read deals with.
func (c *Conn) hangUp(err error) {
	if c.werr == nil {
		c.werr = err
		_ = unix.Shutdown(c.fd, unix.SHUT_RDWR)
	}
}

// sayGoodbye sends what waits, and a close_notify, if the socket takes it.
func (c *Conn) sayGoodbye(l *loop.Loop) {
	c.flush(l)
	if c.tls != nil && c.werr == nil {
		_ = c.tls.Close() // into c.out; the socket is closed whatever comes of it
		c.flush(l)
	}
}
