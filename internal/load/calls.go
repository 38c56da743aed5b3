package load

// A state is of a call, or of a request without one.
type state uint8

const (
	over        state = iota // or not begun
	inviting                 // INVITE sent, nothing has come
	proceeding               // a provisional response to it has
	up                       // answered: what lasts is Hold
	hangingUp                // BYE sent
	asking                   // OPTIONS or REGISTER sent
	authorizing              // REGISTER sent again, with credentials
)

// A call is one place of the table; gen tells the calls that have it one after another apart.
type call struct {
	gen      uint32
	number   uint32 // of all that were begun
	state    state
	caller   uint8 // which socket
	callee   uint8
	measured bool
	rang     bool
	begun    int64  // in an open loop, when it was due
	last     []byte // BYE, or REGISTER with credentials: to be sent again
}

// begin starts a call that is due; the two times differ if we are late.
func (r *run) begin(due, now int64) {
	var slot uint32
	if n := len(r.free); n > 0 {
		slot = r.free[n-1]
		r.free = r.free[:n-1]
	} else {
		slot = uint32(len(r.calls))
		r.calls = append(r.calls, call{})
	}
	c := &r.calls[slot]
	*c = call{gen: c.gen + 1, number: uint32(r.res.Begun), state: asking, measured: r.measuring, begun: due, last: c.last[:0]}
	c.caller, c.callee = r.ports(c.number)
	if r.cfg.Flow == Calls {
		c.state = inviting
	}
	r.res.Begun++
	r.second.Begun++
	r.inFlight++
	if c.measured {
		r.res.Started++
	}
	k := id{slot, c.gen}
	r.sendFirst(c, k)
	r.await(c, k, now)
	r.late.push(wait{k, over, now + int64(r.cfg.Patience+r.cfg.Hold)})
}

// ports are those that a call has. An AoR always registers from the same one.
func (r *run) ports(number uint32) (caller, callee uint8) {
	if r.cfg.Flow == Register {
		number = r.user(number)
	}
	callers, callees := uint32(len(r.callers)), uint32(len(r.callees))
	return uint8(number % callers), uint8(number / callers % callees)
}

func (r *run) user(number uint32) uint32 { return number % uint32(r.cfg.Users) }

func (r *run) sendFirst(c *call, k id) {
	s := r.callers[c.caller]
	b := s.buffer()
	switch r.cfg.Flow {
	case Calls:
		b = r.w.invite(b, s, r.target(c), k)
	case Register:
		b = r.w.register(b, s, k, r.user(c.number), nil)
	default:
		b = r.w.options(b, s, r.target(c), k)
	}
	s.send(b)
}

// target is the Request-URI of a call.
func (r *run) target(c *call) []byte {
	if r.cfg.Flow == Options {
		return r.proxy
	}
	return r.callees[c.callee].uri
}

// An outcome is what became of a call.
type outcome uint8

const (
	completed outcome = iota
	failed
	refused
)

// outcomeOf is that of a call whose first request got a final response.
func outcomeOf(status int) outcome {
	switch {
	case status < 300:
		return completed
	case status == 503:
		return refused
	}
	return failed
}

func (r *run) end(c *call, k id, how outcome) {
	c.state = over
	r.free = append(r.free, k.slot)
	r.inFlight--
	one := 0
	if c.measured {
		one = 1
	}
	switch how {
	case completed:
		r.ended++
		r.second.Completed++
		r.res.Completed += one
	case failed:
		r.second.Failed++
		r.res.Failed += one
	case refused:
		r.second.Refused++
		r.res.Refused += one
	}
}

// setUp notes how long a call took to be set up.
func (r *run) setUp(c *call, now int64) {
	took := now - c.begun
	r.second.Worst = max(r.second.Worst, float64(took)/1e9)
	if c.measured {
		r.setup.add(took)
	}
}

// find returns the call that a response belongs to, nil if it is over.
func (r *run) find(k id) *call {
	if int(k.slot) >= len(r.calls) {
		return nil
	}
	if c := &r.calls[k.slot]; c.gen == k.gen && c.state != over {
		return c
	}
	return nil
}

func (r *run) sendAgain(c *call, k id) {
	r.second.Repeated++
	if c.measured {
		r.res.Repeated++
	}
	if c.state == hangingUp || c.state == authorizing {
		s := r.callers[c.caller]
		s.send(append(s.buffer(), c.last...))
		return
	}
	r.sendFirst(c, k)
}
