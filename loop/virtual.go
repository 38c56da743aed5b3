package loop

import (
	"errors"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Virtual drives a Group without pollers, sockets and goroutines, for tests: its
// clock stands until somebody advances it, its listeners are in memory, and all
// that its loops do they do on the goroutine that calls its methods. What follows
// from one datagram or one timer follows in the same order every time.
//
// A datagram goes in by Deliver and comes out by the function given to NewVirtual.
// Settle lets the loops work until nothing is left to do at this moment. Timers and
// mailboxes are the real ones; only an fd cannot be watched ([Loop.Watch] refuses).
type Virtual struct {
	group *Group
	send  func(from, to Addr, b []byte)
	ports uint16      // the last one given to a listener that asked for none
	in    [][]arrival // by loop: datagrams that it has not read
}

// An arrival is a datagram that waits in a listener of a virtual group.
type arrival struct {
	udp      *UDP
	from, to Addr
	b        []byte
	at       int64
}

var errNoFDs = errors.New("loop: there are no file descriptors in virtual time")

// virtualStart is when a virtual clock begins: after the start of every wheel.
const virtualStart = int64(time.Hour)

// NewVirtual makes a group that stands still. Send gets each datagram that leaves,
// in the course of Settle; b is its own only until it returns. It may Deliver.
func NewVirtual(cfg Config, send func(from, to Addr, b []byte)) (*Virtual, error) {
	v := &Virtual{send: send, ports: 40000}
	wall := time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)
	g, err := makeGroup(cfg, clock{stands: true, base: wall, mono: virtualStart}, v)
	if err != nil {
		return nil, err
	}
	v.group, v.in = g, make([][]arrival, g.Len())
	return v, nil
}

// Group returns the loops. Start and Stop are as for any group, and Do runs its
// function at once; the rest is done by Settle.
func (v *Virtual) Group() *Group { return v.group }

// Now returns the time in nanoseconds, as Loop.Now does.
func (v *Virtual) Now() int64 { return v.group.clock.mono }

// Next returns the time at which a loop has something to do that only waits for
// it, such as a timer. It may be a little before that timer's time.
func (v *Virtual) Next() (at int64, ok bool) {
	for _, l := range v.group.loops {
		if t, armed := l.wheel.Next(); armed && (!ok || t < at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// Advance moves the clock by d, from timer to timer: each fires at its own time,
// and what follows from it is done before the next.
func (v *Virtual) Advance(d time.Duration) { v.AdvanceTo(v.Now() + int64(d)) }

// AdvanceTo is Advance to a time.
func (v *Virtual) AdvanceTo(until int64) {
	v.Settle()
	for {
		at, ok := v.Next()
		if !ok || at > until {
			break
		}
		v.set(at)
		v.Settle()
	}
	v.set(until)
	v.Settle()
}

// Stall moves the clock by d while the loops do nothing, as when the machine stops the
// process: what has come before is read after it.
func (v *Virtual) Stall(d time.Duration) { v.set(v.Now() + int64(d)) }

// set moves the clock, never back.
func (v *Virtual) set(at int64) {
	c := &v.group.clock
	if d := at - c.mono; d > 0 {
		c.mono, c.base = at, c.base.Add(time.Duration(d))
	}
}

// Deliver gives the group a datagram, of which it makes a copy. It is read by the
// next Settle, or by the one in progress. Deliver reports false if nobody listens
// at to.
func (v *Virtual) Deliver(from, to Addr, b []byte) bool {
	for _, u := range v.group.udps {
		if u.addr == to || u.wildcard && u.addr.port == to.port && u.addr.family == to.family {
			i := int(from.port) % u.readers() // as the kernel does: by the peer
			v.in[i] = append(v.in[i], arrival{u, from, to, append([]byte(nil), b...), v.Now()})
			return true
		}
	}
	return false
}

// Settle lets each loop in turn do a pass until none has anything to do.
func (v *Virtual) Settle() {
	for slices.ContainsFunc(v.group.loops, v.busy) {
		for _, l := range v.group.loops {
			v.pass(l)
		}
	}
	v.group.log.drain()
}

// busy reports whether l has something to do now.
func (v *Virtual) busy(l *Loop) bool {
	at, armed := l.wheel.Next()
	return len(v.in[l.index]) > 0 && !l.held || !l.idle() || l.inbox.head.Load() != nil || armed && at <= v.Now()
}

// pass is one pass of l: it reads a batch and does a round of what Loop.settle
// does.
func (v *Virtual) pass(l *Loop) {
	l.readClock()
	bump(&l.stats.Wakeups, 1)
	in := v.in[l.index]
	n := min(len(in), recvBatch)
	if l.held {
		n = 0
	}
	for i := range in[:n] {
		l.receiveVirtual(&in[i])
	}
	v.in[l.index] = append(v.in[l.index][:0], v.in[l.index][n:]...)
	l.advance()
	l.runInbox()
	l.runDeferred()
	l.ship()
	l.flush()
}

// receiveVirtual is udpSocket.receive for one datagram.
func (l *Loop) receiveVirtual(a *arrival) {
	bump(&l.stats.Received, 1)
	s := l.newSlot()
	s.data = s.buf[:]
	if len(a.b) > slotSize {
		s.data = l.slots.giant(len(a.b))
	}
	s.data = s.data[:copy(s.data, a.b)]
	s.udp, s.at, s.from, s.to = a.udp, a.at, a.from, a.to
	if l.lend(s) {
		l.recycle(s)
	}
}

// openVirtual is open for a listener in memory.
func (u *UDP) openVirtual(g *Group) error {
	u.virtual = g.virtual
	if u.addr.port == 0 {
		g.virtual.ports++
		u.addr.port = g.virtual.ports
	}
	for _, o := range g.udps {
		if o.addr == u.addr {
			return unix.EADDRINUSE
		}
	}
	for i := range u.sockets {
		u.sockets[i].udp, u.sockets[i].fd = u, -1
		u.sockets[i].send = u.sendVirtual
	}
	return nil
}

// sendVirtual stands for sendmmsg.
func (u *UDP) sendVirtual(_ int, vec []mmsghdr) (int, unix.Errno) {
	for i := range vec {
		h := &vec[i]
		from := u.addr
		if h.Control != nil {
			var r received
			(*control)(unsafe.Pointer(h.Control)).parse(int(h.Controllen), &r)
			from = r.to.WithPort(u.addr.port)
		}
		b := unsafe.Slice(h.Iov.Base, int(h.Iov.Len))
		u.virtual.send(from, (*sockaddr)(unsafe.Pointer(h.Name)).addr(), b)
	}
	return len(vec), 0
}

// stopVirtual is Stop for loops that have no goroutines.
func (g *Group) stopVirtual(was phase) {
	if was != stopped {
		g.closeAll()
		g.log.drain()
	}
}

// Held returns how many receive slots and outgoing datagrams of all loops somebody
// still has in hand; none if every message has been given back.
func (v *Virtual) Held() (slots, outs int) {
	for _, l := range v.group.loops {
		slots += l.slots.made - len(l.slots.free)
		outs += l.outs.made - len(l.outs.free)
	}
	return slots, outs
}

// Timers returns how many timers are armed on all loops.
func (v *Virtual) Timers() (n int) {
	for _, l := range v.group.loops {
		n += l.wheel.Len()
	}
	return n
}
