package loop

import (
	"golang.org/x/sys/unix"
)

// writeBatch is how many Outs one system call takes.
const writeBatch = 64

// A writeVector is what a loop's sendmsg calls write from.
type writeVector struct {
	hdr  unix.Msghdr
	iovs [writeBatch]unix.Iovec
}

// Enqueue has o, which l.Take has taken or another loop has passed on, leave on c at
// the end of the pass, or with the others of a batch. If that would hold too much
// memory the connection is closed: its peer does not read.
func (c *Stream) Enqueue(l *Loop, o *Out) {
	switch {
	case !c.Takes():
		l.Fail(o, ByUs)
	case c.held+cap(o.buf) > c.tcp.limits.Queue:
		c.end(l, QueueFull, nil)
		l.Fail(o, QueueFull)
	default:
		c.outs.push(o)
		c.awaits = c.leaving
		c.hold(l, cap(o.buf))
		c.soil(l)
		if c.dirty && c.outs.len() >= writeBatch {
			c.flush(l)
		}
	}
}

// hold counts n more bytes of memory in the queue.
func (c *Stream) hold(l *Loop, n int) {
	c.held += n
	bump(&l.stats.StreamHeld, uint64(n))
}

// soil has the end of the pass look at c's queue.
func (c *Stream) soil(l *Loop) {
	if !c.dirty && !c.blocked && c.state != streamConnecting {
		c.dirty = true
		l.soiled = append(l.soiled, c)
	}
}

// flushStreams writes what is queued on connections.
func (l *Loop) flushStreams() {
	for i := 0; i < len(l.soiled); i++ { // a failure may soil others
		c := l.soiled[i]
		c.dirty = false
		c.flush(l)
	}
	l.soiled = l.soiled[:0]
}

// flush writes until all is gone or the kernel has no room.
func (c *Stream) flush(l *Loop) {
	for c.Takes() && !c.blocked && c.outs.len() > 0 {
		batch := c.outs.first(writeBatch)
		total := l.writer.put(batch, c.written)
		n, errno := sendmsg(c.watch.FD(), &l.writer.hdr)
		switch errno {
		case 0:
			bump(&l.stats.StreamWrites, 1)
			c.left(l, n)
			if n < total {
				c.block(l)
			}
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM:
			c.block(l)
		default:
			c.end(l, Broken, errno)
		}
	}
	if c.state == streamFinishing && !c.awaits && c.outs.len() == 0 {
		c.linger(l)
	}
}

// put makes v write batch but for its first skip bytes, and returns how many that are.
func (v *writeVector) put(batch []*Out, skip int) (total int) {
	for i, o := range batch {
		b := o.buf[skip:]
		skip = 0
		v.iovs[i].Base = nil
		if len(b) > 0 {
			v.iovs[i].Base = &b[0]
		}
		v.iovs[i].SetLen(len(b))
		total += len(b)
	}
	v.hdr.Iov = &v.iovs[0]
	v.hdr.SetIovlen(len(batch))
	return total
}

// left takes the n bytes that have been written off the queue.
func (c *Stream) left(l *Loop, n int) {
	c.used = l.now
	n += c.written
	gone := 0
	for _, o := range c.outs.first(writeBatch) {
		if n < len(o.buf) {
			break
		}
		n -= len(o.buf)
		c.hold(l, -cap(o.buf))
		bump(&l.stats.StreamSent, 1)
		l.deliver(o)
		gone++
	}
	c.written = n
	c.outs.drop(gone)
	if c.overdue -= gone; c.overdue <= 0 {
		c.overdue, c.writeBy = 0, 0
	}
}

// block waits for the kernel to have room. What is queued by now must have left in
// time: a peer that reads a byte now and then gains nothing by it.
func (c *Stream) block(l *Loop) {
	c.blocked = true
	if c.writeBy == 0 {
		c.writeBy, c.overdue = l.now+int64(c.tcp.limits.Write), c.outs.len()
		c.dueAt(l, c.writeBy)
	}
	c.watchFor(l)
}

func (c *Stream) unblock(l *Loop) {
	if !c.blocked {
		return
	}
	c.blocked = false
	c.watchFor(l)
	if c.state != streamFree {
		c.soil(l)
	}
}
