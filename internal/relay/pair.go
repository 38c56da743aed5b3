package relay

import "golang.org/x/sys/unix"

// A pair is a client's connection and ours to the server in its name.
type pair struct {
	client, server int  // descriptors; server is -1 once it has ended
	up, down       pipe // requests; answers
	undelayed      int  // answers that still pass at once
	answered       int  // bytes of answers since the fault began
	drops          int  // bytes of down that are due and drip
	stalled        stalled
	queued         int  // entries in the line
	dirty          bool // in Relay.dirty
	spoiled        bool // bytes were lost: no use once the fault is over
	ending         bool // to be closed behind what is in down
	closed         bool
}

// A pipe is the bytes of one direction that have not left; ready of them may leave.
type pipe struct {
	buf    []byte
	off    int
	ready  int
	full   bool // the receiver takes no more for now
	paused bool // the sender is not read for now
}

func (b *pipe) len() int { return len(b.buf) - b.off }

// put copies what may leave later.
func (b *pipe) put(p []byte) {
	if b.off == len(b.buf) {
		b.buf, b.off = b.buf[:0], 0
	}
	b.buf = append(b.buf, p...)
}

// took drops n bytes that have left.
func (b *pipe) took(n int) {
	b.off += n
	b.ready -= n
	switch {
	case b.off == len(b.buf):
		b.buf, b.off = b.buf[:0], 0
	case b.off > 64<<10: // so that a pipe that is never empty does not grow for ever
		b.buf = b.buf[:copy(b.buf, b.buf[b.off:])]
		b.off = 0
	}
}

// open begins a pair.
func (r *Relay) open(client, server int) {
	for _, fd := range []int{client, server} {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1) // slower without
	}
	p := &pair{client: client, server: server, undelayed: r.cfg.Undelayed}
	for len(r.pairs) <= max(client, server) {
		r.pairs = append(r.pairs, nil)
	}
	r.pairs[client], r.pairs[server] = p, p
	r.stats.open.Add(1)
	err1 := r.poll.add(client, unix.EPOLLIN)
	err2 := r.poll.add(server, unix.EPOLLIN)
	if err1 != nil || err2 != nil {
		r.close(p)
	}
}

func (r *Relay) at(fd int) *pair {
	if fd < len(r.pairs) {
		return r.pairs[fd]
	}
	return nil
}

// all returns the pairs there are.
func (r *Relay) all() (list []*pair) {
	for fd, p := range r.pairs {
		if p != nil && p.client == fd {
			list = append(list, p)
		}
	}
	return list
}

func (r *Relay) closeAll() {
	for _, p := range r.all() {
		r.close(p)
	}
}

func (r *Relay) close(p *pair) {
	if p.closed {
		return
	}
	p.closed = true
	r.closeServer(p)
	r.pairs[p.client] = nil
	_ = unix.Close(p.client)
	p.up, p.down = pipe{}, pipe{}
	p.drops = 0
	r.stats.open.Add(-1)
}

// closeServer ends our connection to the server.
func (r *Relay) closeServer(p *pair) {
	if p.server >= 0 {
		r.pairs[p.server] = nil
		_ = unix.Close(p.server)
		p.server = -1
	}
}

// interest tells the poller what to wait for at both ends of p.
func (r *Relay) interest(p *pair) {
	r.poll.set(p.client, interest(&p.up, &p.down))
	if p.server >= 0 {
		r.poll.set(p.server, interest(&p.down, &p.up))
	}
}

// interest is that of an end from which in is fed and to which out flows.
func interest(in, out *pipe) (events uint32) {
	if !in.paused {
		events = unix.EPOLLIN
	}
	if out.full {
		events |= unix.EPOLLOUT
	}
	return events
}

// readable reads from one end until it has no more or the other one is behind.
func (r *Relay) readable(p *pair, fd int) {
	n, err := unix.Read(fd, r.scratch)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	switch {
	case fd == p.client && (err != nil || n == 0): // nobody wants the answers
		r.close(p)
	case fd == p.client:
		r.request(p, r.scratch[:n])
	case err != nil || n == 0:
		r.answersEnd(p)
	default:
		r.stats.answers.Add(1)
		r.answer(p, r.scratch[:n])
	}
}

// request passes what the client said.
func (r *Relay) request(p *pair, b []byte) {
	switch {
	case r.fault.Kind == BlackHole:
		p.spoiled = true
		return
	case p.server < 0:
		return
	}
	if p.up.len() == 0 {
		b = b[r.write(p.server, b):]
	}
	if len(b) == 0 {
		return
	}
	p.up.put(b)
	p.up.ready += len(b)
	p.up.full = true
	p.up.paused = p.up.len() > r.cfg.Room
	r.interest(p)
}

// answer holds what the server said, or does to it what the fault demands.
func (r *Relay) answer(p *pair, b []byte) {
	p.answered += len(b)
	switch r.fault.Kind {
	case BlackHole:
		p.spoiled = true
		return
	case Garble:
		p.spoiled = true
		b = r.fault.Garbage
	case Cut:
		if p.answered >= r.fault.After {
			r.hold(p, b[:max(0, len(b)-(p.answered-r.fault.After))])
			r.answersEnd(p)
			return
		}
	}
	r.hold(p, b)
}

// hold puts b in the line, or lets it go at once if there is nothing to wait for.
func (r *Relay) hold(p *pair, b []byte) {
	delay := r.delay
	if p.undelayed > 0 {
		p.undelayed--
		delay = 0
	}
	if delay == 0 && p.down.len() == 0 && r.fault.Kind != Drip && r.fault.Kind != Stall {
		b = b[r.write(p.client, b):]
	}
	if len(b) == 0 {
		return
	}
	p.down.put(b)
	switch {
	case r.fault.Kind == Stall:
		p.stalled.n += len(b)
	case delay == 0 && p.queued == 0:
		r.arrive(p, len(b))
	default:
		p.queued++
		r.line.push(held{p, len(b), now() + delay})
	}
	if p.down.len() > r.cfg.Room && !p.down.paused {
		p.down.paused = true
		r.interest(p)
	}
}

// answersEnd closes the server's connection, and the client's behind what is under way.
func (r *Relay) answersEnd(p *pair) {
	r.closeServer(p)
	switch {
	case r.fault.Kind == Stall:
		p.stalled.end = true
	case r.fault.Kind == BlackHole:
		p.spoiled = true
	default:
		p.queued++
		r.line.push(held{p, -1, now() + r.delay})
	}
}

// arrive lets n bytes of the answers go, or ends them.
func (r *Relay) arrive(p *pair, n int) {
	p.queued = max(0, p.queued-1)
	switch {
	case n < 0:
		p.ending = true
	case r.fault.Kind == Drip:
		if p.drops == 0 {
			r.dripping = append(r.dripping, p)
		}
		p.drops += n
		return
	default:
		p.down.ready += n
	}
	r.touch(p)
}

// writeDown writes what may leave to the client.
func (r *Relay) writeDown(p *pair) {
	if p.closed {
		return
	}
	d := &p.down
	if d.ready > 0 {
		d.took(r.write(p.client, d.buf[d.off:d.off+d.ready]))
	}
	if p.ending && d.len() == 0 {
		r.close(p)
		return
	}
	paused := d.len() > r.cfg.Room
	if full := d.ready > 0; full != d.full || paused != d.paused {
		d.full, d.paused = full, paused
		r.interest(p)
	}
}

// writable goes on with an end that had no room.
func (r *Relay) writable(p *pair, fd int) {
	if fd == p.client {
		r.touch(p)
		return
	}
	u := &p.up // what it has may all leave
	u.took(r.write(p.server, u.buf[u.off:]))
	u.full, u.paused = u.len() > 0, u.len() > r.cfg.Room
	r.interest(p)
}

// write returns how many bytes fd takes. An error shows in reading, too.
func (r *Relay) write(fd int, b []byte) int {
	n, err := unix.Write(fd, b)
	if err != nil {
		return 0
	}
	return n
}
