package ua

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// allow is what answer takes.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS"

// An answerer is the user agent server of "fastsips answer".
type answerer struct {
	*agent
	ctx  context.Context
	done chan struct{} // one value for each call that ended
	idle chan struct{} // closed when no call is left after the end

	mu     sync.Mutex
	calls  map[string]*answered // by Call-ID
	active int                  // INVITEs being worked on
	ending bool                 // no new ones
}

// answered is a call that got a 2xx.
type answered struct {
	*dialog
	acked  chan struct{}
	over   chan struct{} // closed by the peer's BYE
	onAck  sync.Once
	onOver sync.Once
}

// answer is "fastsips answer".
func answer(ctx context.Context, o *options, w io.Writer) (int, error) {
	if o.register != "" && o.from == "" {
		o.from = o.register
	}
	a, err := newAgent(o, w)
	if err != nil {
		return exitTimeout, err
	}
	defer a.Close()
	s := &answerer{agent: a, ctx: ctx, done: make(chan struct{}), idle: make(chan struct{}), calls: map[string]*answered{}}
	s.handle()
	a.serve()
	a.ladder.note("answering on %s:%s", o.transport, a.local)
	if o.register == "" {
		s.wait(nil)
		return exitOK, nil
	}
	res, err := a.register(ctx, o.target, o.expires)
	if ctx.Err() == nil {
		if code, err := a.outcome(res, err); code != exitOK {
			return code, err
		}
		s.wait(time.NewTicker(max(time.Duration(o.expires)*time.Second/2, time.Second)))
	}
	// Also when interrupted before the answer: the binding may have been made.
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer stop()
	_, err = a.register(last, o.target, 0)
	return exitOK, err
}

// wait serves until ctx ends or -count calls have ended, keeping the
// registration alive at each tick.
func (s *answerer) wait(refresh *time.Ticker) {
	var tick <-chan time.Time
	if refresh != nil {
		defer refresh.Stop()
		tick = refresh.C
	}
	for n := 0; s.o.count == 0 || n < s.o.count; {
		select {
		case <-s.ctx.Done():
			s.end()
			return
		case <-s.done:
			n++
		case <-tick:
			if _, err := s.register(s.ctx, s.o.target, s.o.expires); err != nil {
				s.ladder.note("register: %v", err)
			}
		}
	}
	time.Sleep(sip.T1) // the last answer may have to be repeated once
}

// enter reports whether one more call may come in.
func (s *answerer) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return false
	}
	s.active++
	return true
}

func (s *answerer) leave() {
	s.mu.Lock()
	if s.active--; s.ending && s.active == 0 {
		close(s.idle)
	}
	s.mu.Unlock()
	select {
	case s.done <- struct{}{}:
	case <-s.ctx.Done():
	}
}

// end waits until the calls, which hang up when ctx ends, are over.
func (s *answerer) end() {
	s.mu.Lock()
	s.ending = true
	busy := s.active > 0
	s.mu.Unlock()
	if busy {
		<-s.idle
	}
}

func (s *answerer) handle() {
	s.server.OnInvite(s.onInvite)
	s.server.OnAck(s.onAck)
	s.server.OnBye(s.onBye)
	s.server.OnCancel(func(r *sip.Request, tx sip.ServerTransaction) { // it matched no INVITE
		s.respond(r, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	})
	s.server.OnOptions(func(r *sip.Request, tx sip.ServerTransaction) {
		s.respond(r, tx, sip.StatusOK, "OK", nil)
	})
	s.server.OnNoRoute(func(r *sip.Request, tx sip.ServerTransaction) {
		s.respond(r, tx, sip.StatusMethodNotAllowed, "Method Not Allowed", nil)
	})
}

// respond answers r; the ladder tells when that fails.
func (a *agent) respond(r *sip.Request, tx sip.ServerTransaction, code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(r, code, reason, body)
	res.AppendHeader(sip.NewHeader("Allow", allow))
	if code < 300 {
		res.AppendHeader(sip.NewHeader("Contact", contactValue(a.o.contact)))
	}
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	if err := tx.Respond(res); err != nil {
		a.ladder.note("%d not sent: %v", code, err)
	}
	return res
}

func (s *answerer) onInvite(r *sip.Request, tx sip.ServerTransaction) {
	if r.CallID() == nil || r.From() == nil || r.To() == nil || r.CSeq() == nil {
		s.respond(r, tx, sip.StatusBadRequest, "Bad Request", nil)
		return
	}
	if r.To().Params.Has("tag") {
		s.reinvite(r, tx)
		return
	}
	if !s.enter() {
		s.respond(r, tx, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable", nil)
		return
	}
	defer s.leave()
	r.To().Params.Add("tag", sip.GenerateTagN(12)) // one tag for all our responses, RFC 3261 §8.2.6.2
	if !s.ringing(r, tx) {
		return
	}
	if s.o.code >= 300 {
		s.respond(r, tx, s.o.code, reason(s.o.code), nil)
		return
	}
	s.talk(r, tx)
}

// ringing reports whether it is still wanted that the call be answered.
func (s *answerer) ringing(r *sip.Request, tx sip.ServerTransaction) bool {
	if s.o.ring == 0 {
		return true
	}
	cancelled := make(chan struct{})
	if !tx.OnCancel(func(*sip.Request) { close(cancelled) }) {
		return false
	}
	s.respond(r, tx, sip.StatusRinging, "Ringing", nil)
	t := time.NewTimer(s.o.ring)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-cancelled: // the transaction has sent 487
		s.ladder.note("cancelled")
	case <-tx.Done():
	case <-s.ctx.Done():
		s.respond(r, tx, sip.StatusTemporarilyUnavailable, "Temporarily Unavailable", nil)
	}
	return false
}

// talk answers and stays until the call is over.
func (s *answerer) talk(r *sip.Request, tx sip.ServerTransaction) {
	c := &answered{acked: make(chan struct{}), over: make(chan struct{})}
	ok := sip.NewResponseFromRequest(r, s.o.code, "OK", s.sdp())
	c.dialog = uasDialog(r, ok)
	s.mu.Lock()
	s.calls[c.callID] = c // before the 200, since the ACK may be quick
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.calls, c.callID)
		s.mu.Unlock()
	}()
	ok = s.respond(r, tx, s.o.code, "OK", s.sdp())
	if !s.untilAcked(c, tx, ok) || s.untilOver(c) {
		if _, err := c.bye(context.WithoutCancel(s.ctx), s.agent); err != nil {
			s.ladder.note("%v", err)
		}
	}
}

// untilAcked repeats the 2xx at T1, 2·T1 … T2 until its ACK comes; false after
// 64·T1 (RFC 3261 §13.3.1.4).
func (s *answerer) untilAcked(c *answered, tx sip.ServerTransaction, ok *sip.Response) bool {
	deadline := time.NewTimer(64 * sip.T1)
	defer deadline.Stop()
	for wait := sip.T1; ; wait = min(2*wait, sip.T2) {
		select {
		case <-c.acked:
			return true
		case <-c.over:
			return true
		case <-deadline.C:
			s.ladder.note("no ACK")
			return false
		case <-time.After(wait):
			if err := tx.Respond(ok); err != nil {
				s.ladder.note("200 not sent: %v", err)
			}
		}
	}
}

// untilOver reports whether it is up to us to hang up.
func (s *answerer) untilOver(c *answered) bool {
	var hold <-chan time.Time
	if s.o.hold > 0 {
		hold = time.After(s.o.hold)
	}
	select {
	case <-c.over:
		return false
	case <-hold:
	case <-s.ctx.Done():
	}
	return true
}

// reinvite accepts a new offer within a call.
func (s *answerer) reinvite(r *sip.Request, tx sip.ServerTransaction) {
	if s.find(r) == nil {
		s.respond(r, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		return
	}
	s.respond(r, tx, sip.StatusOK, "OK", s.sdp())
}

// find returns the call that r belongs to, or nil.
func (s *answerer) find(r *sip.Request) *answered {
	if r.CallID() == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.calls[r.CallID().Value()]; c != nil && c.holds(r) {
		return c
	}
	return nil
}

func (s *answerer) onAck(r *sip.Request, _ sip.ServerTransaction) {
	if c := s.find(r); c != nil {
		c.onAck.Do(func() { close(c.acked) })
	}
}

func (s *answerer) onBye(r *sip.Request, tx sip.ServerTransaction) {
	c := s.find(r)
	if c == nil {
		s.respond(r, tx, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
		return
	}
	s.respond(r, tx, sip.StatusOK, "OK", nil)
	c.onOver.Do(func() { close(c.over) })
}

// reason is the phrase of RFC 3261 §21 for a status that -code may name.
func reason(code int) string {
	switch code {
	case 302:
		return "Moved Temporarily"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 408:
		return "Request Timeout"
	case 480:
		return "Temporarily Unavailable"
	case 486:
		return "Busy Here"
	case 488:
		return "Not Acceptable Here"
	case 500:
		return "Server Internal Error"
	case 503:
		return "Service Unavailable"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	}
	return [...]string{"Success", "Redirection", "Request Failure", "Server Failure", "Global Failure"}[code/100-2]
}
