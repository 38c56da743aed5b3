package wire

import (
	"io"
	"slices"

	"github.com/fastsips/fastsips/loop"
)

const (
	firstIn = 4 << 10  // the least that is read at a time
	keptIn  = 16 << 10 // the largest empty buffer that is kept
)

// read takes what has come, within the bound of a pass; the poll is level-triggered.
func (c *Conn) read(l *loop.Loop) {
	for budget := c.d.cfg.Pass; ; {
		room := c.room(l)
		room = room[:min(len(room), max(budget, 1))]
		n, err := c.receive(room)
		if n > 0 {
			budget -= n
			c.take(l, room[:n])
		}
		switch {
		case c.closed:
			return
		case err == WouldBlock, err == nil && c.tls == nil && n < len(room): // a short read has emptied the socket
			c.answerTLS(l)
			return
		case err != nil:
			c.end(l, c.why(err))
			return
		case budget <= 0:
			c.answerTLS(l)
			c.readLater(l)
			return
		}
	}
}

// room is where to read to: behind what is kept, else the loop's own buffer.
func (c *Conn) room(l *loop.Loop) []byte {
	if len(c.in) > 0 {
		if cap(c.in)-len(c.in) < firstIn {
			c.in = slices.Grow(c.in, max(len(c.in), keptIn))
		}
		return c.in[len(c.in):cap(c.in)]
	}
	s := c.d.states.On(l)
	if s.scratch == nil {
		s.scratch = make([]byte, scratchSize)
	}
	return s.scratch
}

// receive reads once.
func (c *Conn) receive(b []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(b)
	}
	return Read(c.fd, b)
}

// take gives the Handler what it has not used, b at the end. B lies behind c.in, or is
// all there is.
func (c *Conn) take(l *loop.Loop, b []byte) {
	kept := len(c.in) > 0
	if kept {
		c.in = c.in[:len(c.in)+len(b)]
		b = c.in
	}
	used := c.handler.Received(l, c, b)
	switch rest := b[used:]; {
	case c.closed:
	case kept:
		c.in = c.in[:copy(c.in, rest)]
	case len(rest) > 0:
		c.in = append(c.in, rest...)
	}
	if len(c.in) == 0 && cap(c.in) > keptIn {
		c.in = nil
	}
	if len(c.in) > c.d.cfg.MaxIn {
		c.end(l, ErrTooMuch)
	}
}

// why tells the end that TLS has announced from one that it has not.
func (c *Conn) why(err error) error {
	switch {
	case c.werr != nil:
		return c.werr
	case err == io.EOF && c.tls != nil && c.shim.Ended():
		return io.ErrUnexpectedEOF
	}
	return err
}

// answerTLS sends what TLS had to say: a key update must be answered.
func (c *Conn) answerTLS(l *loop.Loop) {
	if c.tls == nil {
		return
	}
	if len(c.out)-c.sent > 2*c.d.cfg.MaxOut+scratchSize { // a peer that asks and never reads
		c.end(l, ErrTooMuch)
		return
	}
	c.flush(l)
}

// readLater goes on in another pass. The poll would not tell of what TLS has taken from
// the socket and not yet given to us.
func (c *Conn) readLater(l *loop.Loop) {
	if c.tls != nil && !c.resumes && !c.closed {
		c.resumes = true
		l.Mailbox().Post(&c.more)
	}
}

func (c *Conn) readOn(l *loop.Loop) {
	c.resumes = false
	if !c.closed {
		c.read(l)
	}
}
