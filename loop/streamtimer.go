package loop

// Each connection has one timer, set to the earliest of its deadlines. A deadline that
// has moved on meanwhile costs one look when the timer fires, not a re-arming for each
// message.

// dueAt has the deadlines looked at at the time at, or before.
func (c *Stream) dueAt(l *Loop, at int64) {
	if c.timerAt != 0 && c.timerAt <= at || c.state == streamFree {
		return
	}
	l.StopTimer(c.timer)
	c.timerAt = at
	c.timer = l.wheel.Arm(at, l.group.streamTimer, uint64(c.id.generation)<<32|uint64(c.id.index))
}

// streamDue fires for the connection that ref names.
func (g *Group) streamDue(l *Loop, ref uint64) {
	c := l.Stream(StreamID{index: uint32(ref), generation: uint32(ref >> 32), loop: uint16(l.index)})
	if c == nil {
		return
	}
	c.timer, c.timerAt = 0, 0
	c.checkDue(l)
	if l.Stream(c.id) == c {
		c.dueAt(l, c.nextDue())
	}
}

func (c *Stream) checkDue(l *Loop) {
	past := func(at int64) bool { return at != 0 && at <= l.now }
	switch {
	case past(c.stateBy) && c.state == streamConnecting:
		if c.tryConnected(l); c.state == streamConnecting { // unless it was us who were late
			c.end(l, ConnectTimeout, nil)
		}
	case past(c.stateBy) && c.state == streamFinishing && c.outs.len() == 0:
		c.linger(l)
	case past(c.stateBy):
		c.end(l, ByUs, nil)
	case past(c.writeBy):
		c.end(l, Stalled, nil)
	case past(c.messageBy):
		c.end(l, SlowMessage, nil)
	case past(c.resumeAt):
		c.resume(l)
	case past(c.idleBy()):
		c.end(l, Idle, nil)
	}
}

func (c *Stream) idleBy() int64 { return max(c.kept, c.used+int64(c.tcp.limits.Idle)) }

func (c *Stream) nextDue() int64 {
	next := c.idleBy()
	for _, at := range [...]int64{c.stateBy, c.writeBy, c.messageBy, c.resumeAt} {
		if at != 0 && at < next {
			next = at
		}
	}
	return next
}
