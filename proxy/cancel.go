package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// FindCancelled returns the transaction that the CANCEL in hand is for. Known is
// true also when that transaction is over and only lingers.
func (x *Context) FindCancelled() (tx *Transaction, known bool) {
	key, ok := x.shard.seed.CancelKey(&x.Req.Msg)
	if !ok {
		return nil, false
	}
	id, ok := x.shard.tm.Match(key)
	if !ok {
		return nil, false
	}
	return x.shard.txOf(id), true
}

// relayCancel is t_relay for a CANCEL: 200 at once, and the branches of the
// INVITE are cancelled (RFC 3261 §16.10). It returns false if no transaction
// matches.
func (x *Context) relayCancel(flags RelayFlags) bool {
	s := x.shard
	tx, known := x.FindCancelled()
	if !known {
		return false
	}
	if x.Visible() == nil {
		x.NewTransaction()
	}
	if own := x.Tx; own != nil && !own.finalSent {
		if tx != nil { // RFC 3261 §9.2: the To tag of both responses SHOULD be the same
			s.txTag(tx)
			own.toTag, own.toTagged = tx.toTag, true
		}
		s.replyTx(x.loop, own, 200, []byte("canceling"))
	}
	if tx != nil {
		reason := reasonCancelled
		if x.Req.cancelReason != nil {
			reason = x.Req.cancelReason
		} else if flags&PassReason != 0 {
			reason = x.Req.reasonLines()
		}
		s.cancelTx(x.loop, tx, reason)
	}
	return true
}

// reasonLines returns a copy of the Reason headers of a received CANCEL, or what it has
// otherwise.
func (r *Request) reasonLines() (lines []byte) {
	m := &r.Msg
	for i := m.Find(sipparse.HdrReason, 0); i >= 0; i = m.Find(sipparse.HdrReason, i+1) {
		lines = append(lines, m.Header(i).Line.Of(m.Buf())...)
	}
	if lines == nil {
		return reasonCancelled
	}
	return lines
}

// cancelTx cancels everything pending of tx. When nothing is on the wire that
// could bring a 487, ours goes at once, even while the script is suspended: the
// run goes on and learns it from t_was_cancelled().
func (s *shard) cancelTx(l *loop.Loop, tx *Transaction, reason []byte) {
	if tx.finalSent || tx.Req.Msg.Method() != sipparse.Invite {
		return // RFC 3261 §9.2: no effect after a final response
	}
	tx.cancelled = true
	s.counters.Cancelled.Inc()
	tx.running++
	s.cancelBranches(l, tx, nil, reason)
	if !tx.pending() {
		s.replyTx(l, tx, 487, reasonOf(487))
	}
	s.stopWaiting(l, tx)
	tx.running--
	s.release(l, tx)
}

// cancelPending ends the other branches once a final response with status has been
// chosen (RFC 3261 §16.7 10).
func (s *shard) cancelPending(l *loop.Loop, tx *Transaction, but *branch, status int) {
	if status < 300 && tx.noCancel {
		if b := tx.waitBranch(); b != nil {
			b.state = branchDropped
		}
		return
	}
	if !tx.pending() {
		return
	}
	reason := reasonElsewhere
	if status >= 300 {
		reason = appendReason(nil, status)
	}
	s.cancelBranches(l, tx, but, reason)
}

func (s *shard) cancelBranches(l *loop.Loop, tx *Transaction, but *branch, reason []byte) {
	for _, b := range tx.branches {
		if b != but {
			s.endEarly(l, b, reason)
		}
	}
}

// endEarly ends a pending branch: one that was not sent is dropped, an INVITE cancelled.
func (s *shard) endEarly(l *loop.Loop, b *branch, reason []byte) {
	switch {
	case b.replica: // has nothing to do with the answer
	case b.state == branchRouting, b.state == branchResolving, b.state == branchHeld, b.state == branchSent && b.phone:
		b.state = branchDropped
	case b.state == branchSent && b.tx.Req.Msg.Method() == sipparse.Invite:
		s.cancelBranch(l, b, reason)
	}
}

// cancelBranch sends a CANCEL, or leaves it for the first provisional response
// (RFC 3261 §9.1).
func (s *shard) cancelBranch(l *loop.Loop, b *branch, reason []byte) {
	if b.ringing {
		s.sendCancel(l, b, reason)
		return
	}
	b.wantCancel, b.why = true, reason
}

// sendCancel sends the CANCEL of b's INVITE in a client transaction of its own.
func (s *shard) sendCancel(l *loop.Loop, b *branch, reason []byte) {
	b.wantCancel = false
	if st, _ := s.tm.State(b.client); b.cancelled || st != tm.Proceeding {
		return // done already, or there is nothing left to cancel
	}
	if b.cancelled = true; !s.readSent(b.client) {
		return
	}
	o := l.NewOut()
	s.lines = append(append(s.lines[:0], reason...), b.tx.headers...)
	o.Set(s.scratch.AppendCancel(o.Buf()[:0], s.lines))
	s.scratch.Reset()
	flow := s.wire(b.client).flow
	id := s.tm.NewClient(tm.NonInviteClient, flow.Proto.Reliable(), 0, 0, l.Now())
	s.tm.SetCancel(b.client, id)
	s.effects(l, b.client, s.tm.Step(b.client, tm.SendCancel, l.Now()))
	*s.wire(id) = wire{flow: flow, alone: true}
	s.setBytes(id, o.Buf())
	s.counters.ClientTransactions.Inc()
	s.sendOut(l, &flow, o, 0)
}

// CancelBranches cancels branches of the transaction from a reply route: that of the
// reply, where it is provisional, the others, or both (t_cancel_branch).
func (x *Context) CancelBranches(this, others bool) bool {
	tx := x.Visible()
	if tx == nil || x.branch == nil || tx.Req.Msg.Method() != sipparse.Invite {
		return false
	}
	for _, b := range tx.branches {
		if b == x.branch && this || b != x.branch && others && !b.phone && b.state == branchSent {
			x.shard.endEarly(x.loop, b, reasonCancelled)
		}
	}
	return true
}
