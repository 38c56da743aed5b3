package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

func (s *shard) datagram(l *loop.Loop, ls *transport.Listener, slot *loop.Slot) {
	m := s.newMessage(slot, ls)
	err := m.Msg.Parse(slot.Bytes())
	if err == sipparse.OK {
		err = m.Msg.Check()
	}
	if fault := transport.Fault(slot); fault != sipparse.OK {
		err = fault // what its stream knows, and the message alone does not show
	}
	switch {
	case err != sipparse.OK:
		s.refuse(l, m, err)
	case m.Msg.IsRequest():
		s.request(l, s.newRequest(m))
	default:
		s.replyArrived(l, m)
	}
}

// refuse answers a broken request with what is wrong with it, unless error_route does
// so; broken responses and ACKs are dropped (RFC 3261 §16.3, §18.3).
func (s *shard) refuse(l *loop.Loop, m *Message, err sipparse.Error) {
	s.countBad(m, err)
	if s.runErrorRoute(l, m, err) {
		return
	}
	if m.Msg.IsRequest() && m.Msg.Method() != sipparse.Ack && err.Status() != 0 && m.Msg.Replyable() {
		r := s.newRequest(m)
		s.statelessReply(l, r, err.Status(), []byte(err.Reason()))
		s.endRequest(l, r)
		return
	}
	s.endMessage(l, m)
}

func (s *shard) countBad(m *Message, err sipparse.Error) {
	s.counters.BadMessages.Inc()
	switch {
	case !m.Msg.IsRequest():
		s.counters.BadReplies.Inc()
	case err == sipparse.ErrURI || err == sipparse.ErrURIHeaders:
		s.counters.BadURIs.Inc()
	}
}

// request is what happens to every request before its script.
func (s *shard) request(l *loop.Loop, r *Request) {
	s.counters.Requests.Inc()
	method := r.Msg.Method()
	if method == sipparse.Ack && s.isLocalAck(r) {
		s.counters.SLAcks.Inc()
		s.endRequest(l, r) // to a stateless reply made here
		return
	}
	if s.p.set.TM && s.matched(l, r, method) {
		s.endRequest(l, r)
		return
	}
	if s.refused(l, r, method) {
		return
	}
	if s.overloaded(l, r) || s.p.draining.Load() && startsSomething(&r.Msg) {
		s.retryLater(l, r)
		return
	}
	if s.p.set.StripMaddr {
		stripMaddr(s.p.tr, r)
	}
	x := s.newContext(l, s.p.program(), forRequest, syntax.RequestRoute)
	x.Req, x.Target, x.Edits = r, &r.Target, &r.Edits
	x.useAVPs(s.avps.get())
	x.start(x.prog.main)
}

// matched looks for the transaction that r belongs to. It absorbs
// retransmissions, before the script, so that nothing is done twice; an ACK to a
// negative final stops its retransmission and goes on to the script.
func (s *shard) matched(l *loop.Loop, r *Request, method sipparse.Method) bool {
	r.key, r.keyed = s.seed.RequestKey(&r.Msg)
	if !r.keyed {
		return false
	}
	id, ok := s.tm.Match(r.key)
	if !ok {
		if method == sipparse.Ack {
			s.acknowledged(l, r)
		}
		return false
	}
	if method == sipparse.Ack {
		if st, _ := s.tm.State(id); st == tm.Accepted {
			s.acknowledged(l, r) // its branch is wrong then
			return false         // RFC 6026 §8.4: an ACK to a 2xx never matches
		}
		r.hopAck = true
		s.effects(l, id, s.tm.Step(id, tm.RecvAck, l.Now()))
		return false
	}
	s.counters.RequestRetransmissions.Inc()
	s.effects(l, id, s.tm.Step(id, tm.RecvRequest, l.Now()))
	return true
}

// acknowledged ends the repeating of a 2xx made here when r is the ACK to it (RFC
// 3261 §13.3.1.4): that one goes no further than the script.
func (s *shard) acknowledged(l *loop.Loop, r *Request) {
	if id, ok := s.answered2xx(r); ok {
		r.ownAck = true
		s.effects(l, id, s.tm.Step(id, tm.RecvAck, l.Now()))
	}
}

// startsSomething reports whether m is a request outside a dialog that is not
// about another one: what a proxy that is going down need not begin.
func startsSomething(m *sipparse.Msg) bool {
	return m.Method() != sipparse.Ack && m.Method() != sipparse.Cancel && len(m.ToTag()) == 0
}
