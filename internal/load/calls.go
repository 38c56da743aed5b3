package load

import (
	"bytes"
	"time"
)

type state uint8

const (
	over       state = iota // or not begun
	inviting                // nothing has come
	proceeding              // a provisional response has
	hangingUp               // the BYE has been sent
)

// A call is one place of the table; gen tells the calls that have it one after another apart.
type call struct {
	gen      uint32
	state    state
	caller   uint8 // which socket
	callee   uint8
	measured bool
	rang     bool
	begun    int64
	bye      []byte // to be sent again
}

// A wait is a time at which something may be done about a call.
type wait struct {
	id
	state state
	due   int64
}

// A waits is a queue of them in order of time, for all have waited the same.
type waits struct {
	ring    []wait
	head, n int
}

func (q *waits) push(w wait) {
	if q.n == len(q.ring) {
		ring := make([]wait, max(1024, 2*len(q.ring)))
		for i := range q.n {
			ring[i] = q.ring[(q.head+i)%len(q.ring)]
		}
		q.ring, q.head = ring, 0
	}
	q.ring[(q.head+q.n)%len(q.ring)] = w
	q.n++
}

func (q *waits) pop(now int64) (w wait, ok bool) {
	if q.n == 0 || q.ring[q.head].due > now {
		return w, false
	}
	w = q.ring[q.head]
	q.head = (q.head + 1) % len(q.ring)
	q.n--
	return w, true
}

// repeats are the intervals between copies of a request: T1 doubled up to T2.
var repeats = [...]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// begin starts a call.
func (r *run) begin(now int64) {
	var slot uint32
	if n := len(r.free); n > 0 {
		slot = r.free[n-1]
		r.free = r.free[:n-1]
	} else {
		slot = uint32(len(r.calls))
		r.calls = append(r.calls, call{})
	}
	c := &r.calls[slot]
	*c = call{gen: c.gen + 1, state: inviting, measured: r.measuring, begun: now, bye: c.bye[:0],
		caller: uint8(r.res.Begun % len(r.callers)), callee: uint8(r.res.Begun / len(r.callers) % len(r.callees))}
	r.res.Begun++
	r.inFlight++
	if c.measured {
		r.res.Started++
	}
	k := id{slot, c.gen}
	r.sendInvite(c, k)
	r.repeat[0].push(wait{k, inviting, now + int64(repeats[0])})
	r.late.push(wait{k, over, now + int64(r.cfg.Patience)})
}

func (r *run) sendInvite(c *call, k id) {
	s := r.callers[c.caller]
	s.send(r.w.invite(s.buffer(), s, r.callees[c.callee], k))
}

func (r *run) end(c *call, k id, ok bool) {
	c.state = over
	r.free = append(r.free, k.slot)
	r.inFlight--
	switch {
	case ok && c.measured:
		r.res.Completed++
	case c.measured:
		r.res.Failed++
	}
	if ok {
		r.ended++
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

// expire sends again what has not been answered, and gives up calls.
func (r *run) expire(now int64) {
	for level := range r.repeat {
		for {
			w, ok := r.repeat[level].pop(now)
			if !ok {
				break
			}
			if c := r.find(w.id); c != nil && c.state == w.state {
				r.sendAgain(c, w.id)
				next := min(level+1, len(repeats)-1)
				r.repeat[next].push(wait{w.id, w.state, now + int64(repeats[next])})
			}
		}
	}
	for {
		w, ok := r.late.pop(now)
		if !ok {
			return
		}
		if c := r.find(w.id); c != nil {
			r.end(c, w.id, false)
		}
	}
}

func (r *run) sendAgain(c *call, k id) {
	if c.measured {
		r.res.Repeated++
	}
	if c.state == hangingUp {
		s := r.callers[c.caller]
		s.send(append(s.buffer(), c.bye...))
		return
	}
	r.sendInvite(c, k)
}

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
	k, ours := parseID(f.callID, r.w.run)
	c := r.find(k)
	switch {
	case !ours || c == nil:
		r.res.Unexpected++
	case bytes.HasSuffix(f.cseq, []byte("BYE")):
		if status >= 200 {
			r.end(c, k, status < 300)
		}
	case status < 200:
		r.provisional(c, status)
	case status < 300:
		r.answered(c, k, now)
	default:
		s := r.callers[c.caller]
		s.send(r.w.refused(s.buffer(), s, r.callees[c.callee], k, f))
		r.end(c, k, false)
	}
}

func (r *run) provisional(c *call, status int) {
	if c.state == inviting {
		c.state = proceeding
	}
	c.rang = c.rang || status == 180
}

// answered takes a 200 to the INVITE: ACK, and BYE behind the first of its kind.
func (r *run) answered(c *call, k id, now int64) {
	s, f := r.callers[c.caller], &r.fields
	s.send(r.w.within(s.buffer(), "ACK", "CSeq: 1 ", '2', s, k, f))
	if c.state == hangingUp {
		return
	}
	if c.measured {
		r.setup.add(now - c.begun)
		if !c.rang {
			r.res.Disorder++
		}
	}
	c.bye = r.w.within(c.bye[:0], "BYE", "CSeq: 2 ", '3', s, k, f)
	c.state = hangingUp
	s.send(append(s.buffer(), c.bye...))
	r.repeat[0].push(wait{k, hangingUp, now + int64(repeats[0])})
}

// serve is the callee's side.
func (r *run) serve(s *socket, m []byte) {
	f := &r.fields
	f.parse(m)
	switch {
	case bytes.HasPrefix(m, []byte("INVITE ")):
		r.res.Invites++
		s.send(r.w.response(s.buffer(), "180 Ringing", s, f, true, ""))
		s.send(r.w.response(s.buffer(), "200 OK", s, f, true, sdp))
	case bytes.HasPrefix(m, []byte("BYE ")):
		s.send(r.w.response(s.buffer(), "200 OK", s, f, false, ""))
	case bytes.HasPrefix(m, []byte("ACK ")):
		r.res.Acks++
	default:
		r.res.Unexpected++
	}
}
