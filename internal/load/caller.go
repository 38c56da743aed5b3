package load

import "bytes"

var response = []byte("SIP/2.0 ")

// hear is the caller's side.
func (r *run) hear(m []byte, now int64) {
	status := 0
	if bytes.HasPrefix(m, response) && len(m) > 11 {
		status = int(m[8]-'0')*100 + int(m[9]-'0')*10 + int(m[10]-'0')
	}
	if status < 100 || status > 699 {
		r.res.Unexpected++
		return
	}
	r.statuses[status]++
	f := &r.fields
	f.parse(m)
	if status == 503 && f.retryAfter {
		r.res.RetryAfter++
	}
	k, ours := parseID(f.callID, r.w.run)
	c := r.find(k)
	switch {
	case !ours || c == nil:
		r.res.Unexpected++
	case c.state >= asking:
		r.answer(c, k, status, now)
	case bytes.HasSuffix(f.cseq, bye):
		if status >= 200 {
			r.hungUp(c, k, status)
		}
	case status < 200:
		r.provisional(c, status)
	case status < 300:
		r.answered(c, k, now)
	default:
		r.rejected(c, k, status)
	}
}

var bye = []byte("BYE")

func (r *run) provisional(c *call, status int) {
	if c.state == inviting {
		c.state = proceeding
	}
	c.rang = c.rang || status == 180
}

// answered takes a 200 to the INVITE: ACK, and behind the first of its kind, now or later, BYE.
func (r *run) answered(c *call, k id, now int64) {
	s, f := r.callers[c.caller], &r.fields
	s.send(r.w.within(s.buffer(), "ACK", "CSeq: 1 ", '2', s, k, f))
	if c.state == up || c.state == hangingUp {
		return
	}
	r.setUp(c, now)
	if c.measured && !c.rang {
		r.res.Disorder++
	}
	c.last = r.w.within(c.last[:0], "BYE", "CSeq: 2 ", '3', s, k, f)
	c.state = up
	if r.cfg.Hold == 0 {
		r.hangUp(c, k, now)
		return
	}
	r.held.push(wait{k, up, now + int64(r.cfg.Hold)})
}

func (r *run) hangUp(c *call, k id, now int64) {
	c.state = hangingUp
	s := r.callers[c.caller]
	s.send(append(s.buffer(), c.last...))
	r.await(c, k, now)
}

// hungUp takes the final response to the BYE. A call that was set up is not refused any more.
func (r *run) hungUp(c *call, k id, status int) {
	how := failed
	if status < 300 {
		how = completed
	}
	r.end(c, k, how)
}

// rejected takes another final response to the INVITE than 2xx.
func (r *run) rejected(c *call, k id, status int) {
	s := r.callers[c.caller]
	s.send(r.w.rejected(s.buffer(), s, r.target(c), k, &r.fields))
	how := outcomeOf(status)
	if c.state == up || c.state == hangingUp {
		how = failed // after a 200
	}
	r.end(c, k, how)
}

// answer takes a response to OPTIONS or REGISTER. A copy of the challenge belongs to
// the REGISTER without credentials, which is over.
func (r *run) answer(c *call, k id, status int, now int64) {
	switch {
	case status < 200:
	case c.state == authorizing && !bytes.HasPrefix(r.fields.cseq, second):
		r.res.Unexpected++
	case status == 401 && c.state == asking && r.cfg.Flow == Register:
		r.authorize(c, k, now)
	default:
		if status < 300 {
			r.setUp(c, now)
		}
		r.end(c, k, outcomeOf(status))
	}
}

var second = []byte("2 ")

// authorize sends the REGISTER once more, with credentials (RFC 3261 §22.2).
func (r *run) authorize(c *call, k id, now int64) {
	ch, ok := parseChallenge(r.fields.challenge)
	if !ok {
		r.end(c, k, failed)
		return
	}
	s := r.callers[c.caller]
	c.last = r.w.register(c.last[:0], s, k, r.user(c.number), &ch)
	c.state = authorizing
	s.send(append(s.buffer(), c.last...))
	r.await(c, k, now)
}
