package loop

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	sendBatch = 64 // datagrams per sendmmsg

	// The kernel's word that a device queue is full (ENOBUFS, where ICMP errors are
	// listened to: without IP_RECVERR it keeps that to itself) comes without a word
	// that it has room again.
	sendRetry = time.Millisecond
)

// A sendVector is what a loop's sendmmsg calls send from.
type sendVector struct {
	hdrs     [sendBatch]mmsghdr
	iovs     [sendBatch]unix.Iovec
	names    [sendBatch]sockaddr
	controls [sendBatch]control
}

func newSendVector() *sendVector {
	v := new(sendVector)
	for i := range v.hdrs {
		h := &v.hdrs[i]
		h.Name = (*byte)(ptr(&v.names[i]))
		h.Iov = &v.iovs[i]
		h.SetIovlen(1)
	}
	return v
}

// put makes o the datagram at position i.
func (v *sendVector) put(i int, o *Out, wildcard bool) {
	h := &v.hdrs[i]
	h.Namelen = v.names[i].set(o.to)
	v.iovs[i].Base = nil
	if len(o.buf) > 0 {
		v.iovs[i].Base = &o.buf[0]
	}
	v.iovs[i].SetLen(len(o.buf))
	h.Control = nil
	h.SetControllen(0)
	if wildcard && o.from.IsValid() && !o.from.IsUnspecified() {
		h.Control = (*byte)(ptr(&v.controls[i]))
		h.SetControllen(v.controls[i].setSource(o.from))
	}
}

// Send queues o; it leaves at the end of the pass, with all others. From is the
// source address of a wildcard listener, as Slot.To gave it; unset leaves that to
// the kernel. O stays the caller's and may be sent again: while it is still queued
// that is a no-op. If the kernel has no room, and MaxQueue datagrams wait already,
// it is dropped, as any datagram may be.
func (u *UDP) Send(l *Loop, o *Out, to, from Addr) {
	k := &u.sockets[l.index]
	switch {
	case o.freed:
		panic("BUG: datagram sent after Free")
	case o.queued:
		bump(&l.stats.SendRepeats, 1)
		return
	case k.blocked && k.queue.len() >= u.cfg.MaxQueue:
		bump(&l.stats.QueueDrops, 1)
		return
	}
	o.to, o.from, o.queued = to, from, true
	k.queue.push(o)
	k.soil(l)
	if k.queue.len() >= sendBatch {
		k.flush(l)
	}
}

// soil has the end of the pass look at k's queue.
func (k *udpSocket) soil(l *Loop) {
	if !k.dirty && !k.blocked {
		k.dirty = true
		l.dirty = append(l.dirty, k)
	}
}

// flush sends what is queued on all sockets, and then tells of errors, which may
// queue more.
func (l *Loop) flush() {
	l.flushStreams()
	for _, k := range l.dirty {
		k.dirty = false
		k.flush(l)
	}
	l.dirty = l.dirty[:0]
	l.failed, l.telling = l.telling[:0], l.failed
	for i := range l.telling {
		l.tell(&l.telling[i])
	}
	clear(l.telling)
}

// flush sends what is queued on k until the kernel has no room.
func (k *udpSocket) flush(l *Loop) {
	for !k.blocked && k.queue.len() > 0 {
		batch := k.queue.first(sendBatch)
		for i, o := range batch {
			l.sender.put(i, o, k.udp.wildcard)
		}
		n, errno := k.send(k.fd, l.sender.hdrs[:len(batch)])
		switch errno {
		case 0:
			k.doubts = 0
			bump(&l.stats.Sent, uint64(n))
			for _, o := range batch[:n] {
				l.sent(o)
			}
			k.queue.drop(n)
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			k.block(l, errno)
		default:
			if k.doubtful(l, errno) {
				continue
			}
			// The error is the first unsent datagram's; the others are not to blame.
			l.failed = append(l.failed, failure{o: batch[0], udp: k.udp, err: errno})
			k.queue.drop(1)
		}
	}
}

// block keeps the queue until the kernel has room.
func (k *udpSocket) block(l *Loop, errno unix.Errno) {
	k.blocked = true
	if errno == unix.EAGAIN && k.watch.Modify(l, k.input(l)|Writable) == nil {
		return
	}
	l.After(sendRetry, l.group.retry, uint64(k.udp.index))
}

// unblock has the queue tried again.
func (k *udpSocket) unblock(l *Loop) {
	_ = k.watch.Modify(l, k.input(l))
	k.blocked = false
	k.soil(l)
}

// retrySend fires when sendRetry has passed for listener number udp.
func (g *Group) retrySend(l *Loop, udp uint64) { g.udps[udp].sockets[l.index].unblock(l) }

// sent ends the loop's need of o.
func (l *Loop) sent(o *Out) {
	o.queued = false
	if o.freed {
		l.outs.put(o)
	}
}

// A failure is a datagram that the kernel refused, and of which nobody was told.
type failure struct {
	o   *Out
	udp *UDP // one of the two
	tcp *TCP
	err error
}

// tell tells the listener's owner. By then o may be sent again, or freed.
func (l *Loop) tell(f *failure) {
	bump(&l.stats.SendErrors, 1)
	o, freed := f.o, f.o.freed
	o.queued = false
	l.callSendError(f)
	if freed {
		l.outs.put(o)
	}
}

func (l *Loop) callSendError(f *failure) {
	defer l.recovered("send error")
	switch {
	case f.tcp != nil:
		f.tcp.cfg.Handler.Unsent(l, f.o, f.err)
	case f.udp.cfg.SendError != nil:
		f.udp.cfg.SendError(l, f.o, f.err)
	}
}

// A sendQueue holds Outs in order.
type sendQueue struct {
	outs []*Out
	head int
}

func (q *sendQueue) len() int { return len(q.outs) - q.head }

// push appends o. The room before head is used again before the queue grows.
func (q *sendQueue) push(o *Out) {
	if len(q.outs) == cap(q.outs) && q.head > len(q.outs)/2 {
		n := copy(q.outs, q.outs[q.head:])
		clear(q.outs[n:])
		q.outs, q.head = q.outs[:n], 0
	}
	q.outs = append(q.outs, o)
}

// first returns up to n Outs from the front, which stay queued.
func (q *sendQueue) first(n int) []*Out {
	return q.outs[q.head:min(q.head+n, len(q.outs))]
}

// drop removes n Outs from the front.
func (q *sendQueue) drop(n int) {
	clear(q.outs[q.head : q.head+n])
	if q.head += n; q.head == len(q.outs) {
		q.outs, q.head = q.outs[:0], 0
	}
}
