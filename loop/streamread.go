package loop

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	readSize   = 64 << 10 // of one read, and of what may wait for the rest of a message
	readRounds = 4        // reads per readiness; then others get their turn
)

// read reads what there is, within bounds; the poller comes back for the rest. It
// reads into one buffer of the loop's, and only what is not a whole message moves to
// a buffer of the connection's own.
func (c *Stream) read(l *Loop) {
	for range readRounds {
		if c.paused {
			return
		}
		buf, at := l.scratch(), 0
		if len(c.in) > 0 {
			buf, at = c.in[:cap(c.in)], len(c.in)
		}
		n, errno := recv(c.watch.FD(), buf[at:])
		switch {
		case errno == unix.EINTR:
			continue
		case errno == unix.EAGAIN:
			return
		case errno != 0:
			c.end(l, Broken, errno)
			return
		case n == 0:
			c.ended(l)
			return
		}
		bump(&l.stats.StreamReads, 1)
		if c.state == streamOpen && !c.show(l, buf[:at+n]) || n < len(buf)-at {
			return
		}
	}
}

// show has the handler look at b and keeps what it leaves. It reports false if the
// connection has ended by it.
func (c *Stream) show(l *Loop, b []byte) bool {
	id := c.id
	n, ok := c.callReceived(l, b)
	if l.Stream(id) != c {
		return false
	}
	if !ok || n < 0 || n > len(b) {
		c.end(l, ByUs, nil) // nobody knows what has been consumed
		return false
	}
	if n > 0 {
		c.used = l.now
	}
	if c.state != streamOpen {
		return true
	}
	return c.keepRest(l, b, n)
}

func (c *Stream) callReceived(l *Loop, b []byte) (n int, ok bool) {
	defer l.recovered("receiving from a connection")
	n = c.tcp.cfg.Handler.Received(l, c, b)
	return n, true
}

// keepRest keeps b without its first n bytes. One message has a bounded time from its
// first byte on.
func (c *Stream) keepRest(l *Loop, b []byte, n int) bool {
	rest := b[n:]
	if len(rest) == 0 {
		c.dropInput(l)
		return true
	}
	if len(rest) >= readSize && !c.paused {
		c.end(l, ByUs, nil) // the handler refuses what is too large before
		return false
	}
	if len(c.in) > 0 && (cap(c.in)-len(rest) >= cap(c.in)/4 || cap(c.in) == readSize) {
		c.in = c.in[:copy(c.in[:cap(c.in)], rest)]
	} else {
		old := c.in
		c.in = append(l.slots.giant(min(2*len(rest), readSize))[:0], rest...)
		l.giveInput(old)
	}
	if (n > 0 || c.messageBy == 0) && !c.paused {
		c.messageBy = l.now + int64(c.tcp.limits.Message)
		c.dueAt(l, c.messageBy)
	}
	return true
}

// dropInput gives the buffer back.
func (c *Stream) dropInput(l *Loop) {
	l.giveInput(c.in)
	c.in, c.messageBy = nil, 0
}

func (l *Loop) giveInput(b []byte) {
	if cap(b) > 0 {
		l.slots.putGiant(b[:cap(b)])
	}
}

// ended is the peer's end of the stream. What it asked for before may be on its way
// out.
func (c *Stream) ended(l *Loop) {
	id := c.id
	if !c.blocked && c.outs.len() > 0 {
		c.flush(l)
	}
	switch {
	case l.Stream(id) != c:
	case c.lent && c.state == streamOpen:
		c.sayFarewell(l)
	default:
		c.end(l, ByPeer, nil)
	}
}

// Pause reads nothing for d: the kernel, and then the peer, have to wait. Received
// is then called again with what is there.
func (c *Stream) Pause(l *Loop, d time.Duration) {
	if c.paused || c.state != streamOpen {
		return
	}
	c.paused, c.messageBy = true, 0
	c.resumeAt = l.now + int64(d)
	c.watchFor(l)
	c.dueAt(l, c.resumeAt)
	bump(&l.stats.StreamPauses, 1)
}

func (c *Stream) resume(l *Loop) {
	c.paused, c.resumeAt = false, 0
	c.watchFor(l)
	if len(c.in) > 0 {
		c.show(l, c.in)
	}
}

// watchFor has the poller look for what the connection waits for.
func (c *Stream) watchFor(l *Loop) {
	var on Events
	if !c.paused {
		on = Readable
	}
	if c.blocked {
		on |= Writable
	}
	if err := c.watch.Modify(l, on); err != nil {
		c.end(l, Broken, err)
	}
}

// scratch is what all connections of the loop read into.
func (l *Loop) scratch() []byte {
	if l.streamIn == nil {
		l.streamIn = make([]byte, readSize)
	}
	return l.streamIn
}

// Deliver copies b, a whole message, into a Slot and has the listener's Recv look at
// it, here or on the loop to. Note is for Recv: Slot.Note. It reports false if that
// loop has too many waiting; the message is not delivered then.
func (c *Stream) Deliver(l *Loop, b []byte, note uint16, to int) bool {
	if to != l.index && !l.MayHandOver(to) {
		return false
	}
	s := l.newSlot()
	if s.data = s.buf[:min(len(b), slotSize)]; len(b) > slotSize {
		s.data = l.slots.giant(len(b))
	}
	copy(s.data, b)
	s.tcp, s.stream, s.at, s.note = c.tcp, c.id, l.now, note
	s.from, s.to = c.remote, c.local
	bump(&l.stats.StreamMessages, 1)
	if to != l.index {
		s.state, c.lent = held, true
		return l.HandOver(s, to)
	}
	if l.lend(s) {
		l.slots.put(s)
	}
	return true
}
