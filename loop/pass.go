package loop

// An Out that is to leave on another loop's connection goes there itself, at the end
// of the pass, and comes home when it has left or failed: only its home tells its
// owner, and reuses it.

// Take begins the sending of o by t: to is the peer's address and from ours, which
// the handler may ask for on whatever loop o comes to. It returns false if o is still
// queued from before. What was taken is given to exactly one of Enqueue, PassOn, Fail.
func (t *TCP) Take(l *Loop, o *Out, id StreamID, to, from Addr) bool {
	switch {
	case o.freed:
		panic("BUG: datagram sent after Free")
	case o.queued:
		bump(&l.stats.SendRepeats, 1)
		return false
	}
	o.tcp, o.stream, o.to, o.from, o.queued, o.hops = t, id, to, from, true, 0
	return true
}

// maxHops bounds how often an Out is passed on: to the loop of a connection that has
// ended meanwhile, and on to the one that dials.
const maxHops = 4

// PassOn sends o to loop to, whose Handler.Passed gets it. If too many are on their
// way there it fails.
func (l *Loop) PassOn(o *Out, to int) {
	if o.hops++; o.hops > maxHops || to == l.index {
		l.Fail(o, NotConnected)
		return
	}
	sent := &l.lentOuts[to].sent
	if *sent-l.group.loops[to].lentOuts[l.index].done.Load() >= uint64(l.group.cfg.PassOn) {
		bump(&l.stats.HandOverDrops, 1)
		l.Fail(o, QueueFull)
		return
	}
	*sent++
	o.next = int32(to)
	l.leaving = append(l.leaving, o)
}

// passOuts posts what PassOn has gathered. Only now is it known whether the owner has
// given an Out up: one that it keeps stays here, and a copy goes.
func (l *Loop) passOuts() {
	for i, o := range l.leaving {
		l.leaving[i] = nil
		if o.home == int32(l.index) && !o.freed {
			o = l.copyOut(o)
		}
		o.giver = int32(l.index)
		l.group.loops[o.next].inbox.post(o.carry())
	}
	l.leaving = l.leaving[:0]
}

// copyOut returns a copy of o that nobody owns.
func (l *Loop) copyOut(o *Out) *Out {
	c := l.NewOut()
	c.buf = append(c.buf[:0], o.buf...)
	c.tag, c.to, c.from, c.tcp, c.stream, c.hops, c.next = o.tag, o.to, o.from, o.tcp, o.stream, o.hops, o.next
	c.bound, c.queued, c.freed = o.bound, true, true
	o.queued = false
	return c
}

// carry returns the task that takes o to another loop.
func (o *Out) carry() *Task {
	if o.task.Run == nil {
		o.task.Run = o.arrive
	}
	return &o.task
}

// arrive runs on the loop that o was sent to, or at home.
func (o *Out) arrive(l *Loop) {
	if o.homeward {
		o.homeward = false
		l.arrivedHome(o)
		return
	}
	l.lentOuts[o.giver].done.Add(1)
	o.tcp.cfg.Handler.Passed(l, o)
}

func (l *Loop) arrivedHome(o *Out) {
	if err := o.err; err != nil {
		o.err = nil
		l.failed = append(l.failed, failure{o: o, tcp: o.tcp, err: err})
		return
	}
	l.sent(o)
}

// deliver ends the need of o, which has left.
func (l *Loop) deliver(o *Out) {
	if o.home == int32(l.index) {
		l.sent(o)
		return
	}
	o.homeward = true
	l.group.loops[o.home].inbox.push(o.carry()) // it needs o only when it is awake
}

// Fail reports that o, which was taken or passed on, will not leave: to Handler.Unsent
// on the loop that sent it, at the end of the pass.
func (l *Loop) Fail(o *Out, err error) {
	if o.home == int32(l.index) {
		l.failed = append(l.failed, failure{o: o, tcp: o.tcp, err: err})
		return
	}
	o.err, o.homeward = err, true
	l.group.loops[o.home].inbox.post(o.carry())
}
