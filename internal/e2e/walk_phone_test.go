package e2e

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// RFC 3261's timers, which the phones keep to.
const (
	walkT1   = 500 * time.Millisecond
	walkT2   = 4 * time.Second
	walkLife = 64 * walkT1
)

// A repeater sends something again and again until it is stopped.
type repeater struct{ stopped bool }

// repeat calls send now, after T1, and so on, doubling up to most, for 64*T1; then it
// calls over, if that is set.
func (c *walkCall) repeat(most time.Duration, send, over func()) *repeater {
	r := new(repeater)
	end := c.w.net.Now() + int64(walkLife)
	wait := walkT1
	var again func()
	again = func() {
		if r.stopped {
			return
		}
		send()
		c.w.net.At(min(c.w.net.Now()+int64(wait), end), func() {
			if c.w.net.Now() < end {
				again()
			} else if !r.stopped {
				r.stopped = true
				if over != nil {
					over()
				}
			}
		})
		wait = min(2*wait, most)
	}
	again()
	return r
}

// after calls do when d has passed.
func (c *walkCall) after(d time.Duration, do func()) { c.w.net.At(c.w.net.Now()+int64(d), do) }

// A walkCall is a call, and the phones that take part in it: number 0 calls, the others
// may be called.
type walkCall struct {
	w       *walk
	id      string
	kind    string
	rng     *rand.Rand // of what its phones do
	fate    *rand.Rand // of what its datagrams meet
	phones  []*walkPhone
	ladder  []string
	wrong   []string
	lostRun map[string]int
	lost    map[string]int    // datagrams, by CSeq
	mute    map[string]bool   // requests that a phone does not answer, by CSeq
	rang    map[string]int64  // when the first provisional response on a branch came to the proxy
	heard   map[string]int64  // when any did
	invited map[string]int64  // when it first sent an INVITE on that
	final   map[string]string // at the proxy: what it answered on an upstream branch
	gaveUp  int64             // when the caller sent CANCEL; 0 for never
	over    int64             // when the caller got a final response; 0 for not yet
}

// A walkPhone is one party of one call.
type walkPhone struct {
	*walkCall
	number   int
	addr     loop.Addr
	tag      string
	cseq     int
	branches int
	sent     map[string]*walkRequest // requests sent, by branch and method
	served   map[string]*walkServed  // requests received, likewise
	dialogs  map[string]*walkDialog  // by remote tag
}

// A walkRequest is a client transaction.
type walkRequest struct {
	text, branch, method, cseq string
	to                         loop.Addr
	rep                        *repeater
	heard                      bool // a provisional response
	status                     int  // the final response; 0 for none yet
	on                         func(m *walkMsg)
}

// A walkServed is a server transaction.
type walkServed struct {
	req   *walkMsg
	last  string
	final int
	rep   *repeater
	acked bool
}

// A walkDialog is one side of a dialog.
type walkDialog struct {
	local, remote, target string
	routes                []string
	ended                 bool
}

func (p *walkPhone) uri() string { return "sip:p" + strconv.Itoa(p.number) + "@" + p.addr.String() }

func (p *walkPhone) send(to loop.Addr, text string) { p.w.net.Send(p.addr, to, []byte(text)) }

// request sends a request; on is told of each final response, and of each 2xx to an
// INVITE as often as it comes.
func (p *walkPhone) request(method, uri, cseq, to, from string, routes []string, on func(m *walkMsg)) *walkRequest {
	p.branches++
	branch := fmt.Sprintf("z9hG4bK%d%s-%d", p.number, p.id, p.branches)
	next := p.w.proxyAddr
	lines := []string{method + " " + uri + " SIP/2.0", "Via: SIP/2.0/UDP " + p.addr.String() + ";branch=" + branch + ";rport"}
	for _, r := range routes {
		lines = append(lines, "Route: "+r)
	}
	lines = append(lines, "Max-Forwards: 70", "From: "+from, "To: "+to, "Call-ID: "+p.id, "CSeq: "+cseq+" "+method,
		"Contact: <"+p.uri()+">", "X-Wait: "+strconv.Itoa(p.w.waits[p.rng.IntN(len(p.w.waits))]), "Content-Length: 0", "", "")
	r := &walkRequest{text: strings.Join(lines, "\r\n"), branch: branch, method: method, cseq: cseq, to: next, on: on}
	if method == "ACK" {
		p.send(next, r.text)
		return r
	}
	p.start(r)
	return r
}

// start runs the client transaction.
func (p *walkPhone) start(r *walkRequest) {
	p.sent[r.branch+" "+r.method] = r
	most := walkT2
	if r.method == "INVITE" {
		most = walkLife
	}
	r.rep = p.repeat(most, func() { p.send(r.to, r.text) }, func() {})
}

// response takes a response to r.
func (p *walkPhone) response(r *walkRequest, m *walkMsg) {
	invite := r.method == "INVITE"
	if m.status < 200 {
		if invite {
			r.rep.stopped = true
		}
		if first := !r.heard; first {
			r.heard = true
			if invite && m.status < 200 && r.on != nil {
				r.on(m)
			}
		}
		return
	}
	r.rep.stopped = true
	if invite && m.status >= 300 {
		p.send(r.to, p.hop(r, "ACK", m.to))
	}
	if r.status == 0 || invite && m.status < 300 {
		if r.status == 0 {
			r.status = m.status
			p.ended(r)
		}
		if r.on != nil {
			r.on(m)
		}
	}
}

// walkPatience is within what a call that was answered or given up has ended for all.
// Phones that have not rung yet are cancelled when they do (§9.1), or time out after 30 s;
// those that do not react to a CANCEL are left alone after 64*T1.
const walkPatience = 75 * time.Second

// ended looks at when the first call of a phone got its final response.
func (p *walkPhone) ended(r *walkRequest) {
	if r.method != "INVITE" || p.over > 0 || p.number != 0 {
		return
	}
	p.over = p.w.net.Now()
	if p.gaveUp > 0 && p.over-p.gaveUp > int64(walkPatience) {
		p.fail("the caller gave up, and waited for long")
	}
}

// known reports whether the proxy knows that a phone is there: an INVITE that got no
// answer through for 30 s it has given up, and can neither cancel nor take a 2xx to it.
func (c *walkCall) known(s *walkServed) bool {
	at, ok := c.heard[s.req.branch]
	return ok && at-c.invited[s.req.branch] < int64(29*time.Second)
}

// hop is an ACK or CANCEL that belongs to the transaction of an INVITE.
func (p *walkPhone) hop(r *walkRequest, method, to string) string {
	var lines []string
	for i, line := range strings.Split(r.text, "\r\n") {
		name, _, _ := strings.Cut(line, ": ")
		switch {
		case i == 0:
			line = method + strings.TrimPrefix(line, r.method)
		case name == "To" && to != "":
			line = "To: " + to
		case name == "CSeq":
			line = "CSeq: " + r.cseq + " " + method
		case name == "Contact", name == "X-Wait":
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\r\n")
}

// cancel sends CANCEL for an INVITE.
func (p *walkPhone) cancel(r *walkRequest) {
	p.gaveUp = p.w.net.Now()
	p.start(&walkRequest{text: p.hop(r, "CANCEL", ""), branch: r.branch, method: "CANCEL", cseq: r.cseq, to: r.to})
}

// within sends a request in a dialog.
func (p *walkPhone) within(d *walkDialog, method string, on func(m *walkMsg)) {
	p.cseq++
	p.request(method, d.target, strconv.Itoa(p.cseq), d.remote, d.local, d.routes, on)
}

// hangUp ends a dialog.
func (p *walkPhone) hangUp(d *walkDialog) {
	if !d.ended {
		d.ended = true
		p.within(d, "BYE", nil)
	}
}

// receive is what a phone does with whatever comes.
func (p *walkPhone) receive(m *walkMsg) {
	if m.status != 0 {
		if r := p.sent[m.branch+" "+m.method]; r != nil {
			p.response(r, m)
		}
		return
	}
	if m.verb == "ACK" {
		p.acknowledged(m)
		return
	}
	key := m.branch + " " + m.verb
	if s := p.served[key]; s != nil {
		if s.last != "" {
			p.send(s.req.at, s.last)
		}
		return
	}
	s := &walkServed{req: m}
	p.served[key] = s
	switch {
	case m.verb == "CANCEL":
		p.answer(s, 200)
		if i := p.served[m.branch+" INVITE"]; i != nil && i.final == 0 {
			p.answer(i, 487)
		}
	case m.verb == "INVITE" && m.toTag == "":
		p.rings(s)
	case m.verb == "BYE":
		if d := p.dialogs[tagOf(m.from)]; d != nil {
			d.ended = true
		}
		p.answer(s, 200)
	case m.verb == "INVITE":
		p.answer(s, []int{200, 200, 200, 491, 488}[p.rng.IntN(5)])
	case p.rng.IntN(12) == 0:
		p.mute[m.cseq+m.method] = true
	default:
		p.after(time.Duration(p.rng.IntN(400))*time.Millisecond, func() { p.answer(s, 200) })
	}
}

func tagOf(value string) string {
	_, tag, _ := strings.Cut(value, ";tag=")
	return tag
}

// acknowledged stops what an ACK is for.
func (p *walkPhone) acknowledged(m *walkMsg) {
	for _, s := range p.served {
		hop := s.req.branch == m.branch && s.final >= 300
		end := s.final/100 == 2 && s.req.cseq == m.cseq && tagOf(m.from) == tagOf(s.req.from)
		if s.req.verb == "INVITE" && s.rep != nil && (hop || end) {
			s.rep.stopped, s.acked = true, true
		}
	}
}

// answer sends a response; a final one to an INVITE until it is acknowledged.
func (p *walkPhone) answer(s *walkServed, status int) {
	if s.final != 0 {
		return
	}
	s.last = s.req.reply(strconv.Itoa(status), p.tag, p.uri())
	if status >= 200 {
		s.final = status
		if s.req.verb == "INVITE" && p.known(s) && p.over > 0 && p.w.net.Now()-p.over > int64(walkPatience) {
			p.fail("p%d rings on though the call was over", p.number)
		}
	}
	if status < 200 || s.req.verb != "INVITE" {
		p.send(s.req.at, s.last)
		return
	}
	s.rep = p.repeat(walkT2, func() { p.send(s.req.at, s.last) }, nil)
	if status < 300 && s.req.toTag == "" {
		p.dialogs[tagOf(s.req.from)] = &walkDialog{local: s.req.to + ";tag=" + p.tag, remote: s.req.from, target: s.req.cont, routes: s.req.record}
	}
}
