package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// respond is the response context (RFC 3261 §16.7 4–6): provisional responses
// and 2xx go upstream at once, other finals wait until all branches have one. It
// owns m.
func (s *shard) respond(l *loop.Loop, tx *Transaction, b *branch, m *Message) {
	status := m.Msg.Status()
	invite := tx.Req.Msg.Method() == sipparse.Invite
	switch {
	case status < 200:
		if b.state == branchSent {
			b.status = status
		}
		if status > 100 && !tx.finalSent && (invite || !s.p.set.RFC4320) { // §4.1: no other 1xx but 100 to a non-INVITE
			s.forwardReply(l, tx, m)
		}
		s.endMessage(l, m)
	case status < 300:
		s.success(l, tx, b, m, invite)
	case b.state == branchDone: // already timed out here: too late
		s.endMessage(l, m)
	default:
		b.state, b.status, b.final = branchDone, status, m
		switch {
		case s.p.blocks(status):
			s.cancelPending(l, tx, b, status)
		case status == 503:
			s.failOver(l, tx, b)
		}
		s.choose(l, tx)
	}
}

// success forwards a 2xx: every one to an INVITE, the first to anything else.
func (s *shard) success(l *loop.Loop, tx *Transaction, b *branch, m *Message, invite bool) {
	b.state, b.status = branchDone, m.Msg.Status()
	if tx.local {
		if invite {
			s.acknowledge2xx(l, b, m)
		}
		s.answerLocal(l, tx, b.status, m)
		s.endMessage(l, m)
		return
	}
	if invite || !tx.finalSent {
		putBack(&tx.Req.Msg, tx.Req.rewrites, m)
		edited := m.Edits.Len() > 0
		o := s.withoutTopVia(l, m, &tx.upstream)
		if invite && s.tm.Live(b.client) {
			s.accept(b.client, tx, m, o.Buf(), edited)
		}
		s.counters.RelayedReplies.Inc()
		s.answer(l, tx, b.status, o, m)
		s.cancelPending(l, tx, b, b.status)
	}
	s.endMessage(l, m)
}

// accept leaves in the client transaction's wire what its tombstone needs: the
// way upstream and, where the script changed the 2xx, the 2xx as it was sent.
func (s *shard) accept(id tm.ID, tx *Transaction, m *Message, out []byte, edited bool) {
	if !edited {
		out = nil
	}
	s.setBytes(id, out)
	w := s.wire(id)
	w.flow = *s.upstream(tx)
	w.toTag, w.rewrites = maphash.Bytes(s.p.hash, toTag(m)), tx.Req.rewrites
}

// repeat2xx sends a further 2xx of a finished INVITE upstream: the one that was
// sent before, as it was sent, or another fork's as it came (RFC 6026 §7.2).
func (s *shard) repeat2xx(l *loop.Loop, id tm.ID, m *Message) {
	w := s.wire(id)
	if b := s.keep.get(w.bytes); b != nil && w.toTag == maphash.Bytes(s.p.hash, toTag(m)) {
		s.send(l, &w.flow, b, 0)
	} else {
		if w.rewrites != 0 && s.readSent(id) {
			putBack(&s.scratch, w.rewrites, m)
			s.scratch.Reset()
		}
		s.sendOut(l, &w.flow, s.withoutTopVia(l, m, &w.flow), 0)
	}
	s.counters.RelayedReplies.Inc()
	s.endMessage(l, m)
}

// forwardReply sends m, which is no 2xx, upstream on tx.
func (s *shard) forwardReply(l *loop.Loop, tx *Transaction, m *Message) {
	if tx.local {
		s.answerLocal(l, tx, m.Msg.Status(), m)
		return
	}
	code := m.Msg.Status()
	if code == 503 && !s.p.set.Disable503Translation {
		code = 500 // RFC 3261 §16.7 6: a 503 speaks of the next hop, not of us
		m.Edits.Put(m.Msg.StatusSpan(), []byte("500"))
	}
	s.counters.RelayedReplies.Inc()
	putBack(&tx.Req.Msg, tx.Req.rewrites, m)
	s.answer(l, tx, code, s.withoutTopVia(l, m, &tx.upstream), m)
}

// choose acts once a final response has come: when nothing is pending any more,
// or on a 6xx, the best one is offered to the failure route and then forwarded.
func (s *shard) choose(l *loop.Loop, tx *Transaction) {
	if tx.finalSent || tx.failing {
		return
	}
	s.sendHeld(l, tx)
	best := tx.best(s.p.rank, s.p.set.MinorFlag)
	if best < 0 || tx.pendingMajor(s.p.set.MinorFlag) && (s.p.set.Hold6xx || !s.p.blocks(tx.branches[best].status)) {
		return
	}
	if s.p.set.MinorFlag != 0 { // RFC 3261 §16.7 5 does not know of branches that are not waited for
		s.cancelPending(l, tx, nil, tx.branches[best].status)
	}
	tx.winner, tx.firstOld = best, tx.firstNew
	if tx.onFailure >= 0 {
		if tx.Req.watches != nil {
			tx.Req.failed(l, tx.branches[best].answer())
		}
		s.runFailure(l, tx)
		return
	}
	s.forwardWinner(l, tx)
}

// blocks reports whether a response with this status ends all forking: a 6xx does, unless
// disable_6xx_block has it handled as any other.
func (p *Proxy) blocks(status int) bool { return status >= 600 && !p.set.Disable6xxBlock }

// blocked reports whether a 6xx has come that forbids new branches of tx (RFC 3261 §16.7 5).
func (p *Proxy) blocked(tx *Transaction) bool {
	for _, b := range tx.branches {
		if b.state == branchDone && p.blocks(b.status) {
			return true
		}
	}
	return false
}

// best returns the branch whose final response goes upstream, among those added
// since the last failure route; -1 if none has one.
func (tx *Transaction) best(rank func(status int, cancelled bool) int, minor uint32) int {
	best, lowest := -1, 1<<30
	for i := tx.firstNew; i < len(tx.branches); i++ {
		b := tx.branches[i]
		if b.state != branchDone || b.status < 300 {
			continue
		}
		r := rank(b.status, tx.cancelled)
		if b.Target.flags&minor != 0 {
			r += 1000 // only if there is no other
		}
		if r < lowest {
			best, lowest = i, r
		}
	}
	return best
}

// runFailure runs the armed failure route, once: the request as it was received,
// with the changes made before it was relayed.
func (s *shard) runFailure(l *loop.Loop, tx *Transaction) {
	route := tx.onFailure
	tx.onFailure, tx.failing = -1, true
	tx.firstNew = len(tx.branches)
	tx.Req.Target.reset()
	tx.Req.set.clear()
	x := s.newContext(l, tx.prog, forFailure, syntax.FailureRoute)
	x.Req, x.Tx = tx.Req, tx
	x.Target, x.Edits = &tx.Req.Target, &tx.Req.Edits
	x.useAVPs(tx.avps)
	x.start(route)
}

// failureDone goes on after a failure route: new branches replace the old
// response; without them the winner goes upstream unless the script answered.
func (s *shard) failureDone(l *loop.Loop, tx *Transaction) {
	tx.failing = false
	switch {
	case tx.finalSent:
	case tx.sentSince():
		s.choose(l, tx)
	default:
		s.forwardWinner(l, tx)
	}
}

// sentSince reports whether a branch added by the last failure route was sent, whose
// answer counts.
func (tx *Transaction) sentSince() bool {
	for _, b := range tx.branches[tx.firstNew:] {
		if b.state != branchDropped && !b.replica {
			return true
		}
	}
	return false
}

// forwardWinner ends tx with the chosen response.
func (s *shard) forwardWinner(l *loop.Loop, tx *Transaction) {
	b := tx.branches[tx.winner]
	switch {
	case b.status == 408 && s.p.set.RFC4320 && tx.Req.Msg.Method() != sipparse.Invite:
		// RFC 4320 §4.2: a non-INVITE is not answered with 408, wherever it comes from.
		tx.finalSent = true
		s.effects(l, tx.id, s.tm.Step(tx.id, tm.GiveUp, l.Now()))
		if tx.Req.watches != nil {
			tx.Req.answered(l, b.answer())
		}
	case b.final != nil:
		s.addChallenges(tx, b)
		s.forwardReply(l, tx, b.final)
	default:
		s.replyLocal(l, tx, b.status)
	}
	s.cancelPending(l, tx, nil, b.status)
}

// addChallenges puts the challenges of all other 401 and 407 of the same set of
// branches into the one of b, so that the client can meet them all at once (RFC 3261
// §16.7 7).
func (s *shard) addChallenges(tx *Transaction, b *branch) {
	if b.status != 401 && b.status != 407 {
		return
	}
	to := &b.final.Msg
	for _, o := range tx.branches[tx.firstOld:] {
		if o == b || o.final == nil || o.status != 401 && o.status != 407 {
			continue
		}
		from := &o.final.Msg
		for _, t := range [...]sipparse.HdrType{sipparse.HdrWWWAuthenticate, sipparse.HdrProxyAuthenticate} {
			for i := from.Find(t, 0); i >= 0; i = from.Find(t, i+1) {
				b.final.Edits.AppendHeader(to, from.Header(i).Line.Of(from.Buf()))
			}
		}
	}
}

// replyLocal answers with a status that came of this proxy's own doing.
func (s *shard) replyLocal(l *loop.Loop, tx *Transaction, status int) {
	if tx.cancelled {
		status = 487
	}
	if status == 503 && !s.p.set.Disable503Translation {
		status = 500
	}
	s.replyTx(l, tx, status, reasonOf(status))
}

// timeout takes a branch whose client transaction gave up: to the response
// context that is a 408 (RFC 3261 §16.8); one that rang is cancelled.
func (s *shard) timeout(l *loop.Loop, tx *Transaction, b *branch, status int) {
	s.counters.Timeouts.Inc()
	if tx.Req.Msg.Method() == sipparse.Invite {
		s.counters.InviteTimeouts.Inc()
	}
	if b.ringing {
		s.sendCancel(l, b, reasonNoAnswer)
	}
	b.fail(status)
	if status == 503 || !b.gotReply {
		s.failOver(l, tx, b)
	}
	s.choose(l, tx)
}
