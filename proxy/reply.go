package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// maxQueuedReplies bounds what may wait behind one parked reply run; the first final
// response has a place beyond.
const maxQueuedReplies = 32

// replyArrived finds the client transaction of a response (RFC 3261 §16.7 1,
// §17.1.3); one to a request forwarded without state goes on by its second Via.
// Both are known by branches that only we can have made. Any other response is
// dropped, so that nobody can have us send it to an address of their choice.
func (s *shard) replyArrived(l *loop.Loop, m *Message) {
	s.counters.Replies.Inc()
	id, ours := s.tm.MatchResponse(&m.Msg, s.seed)
	switch {
	case ours:
		s.replyMatched(l, id, m)
	case s.isTaken(l, m):
		s.endMessage(l, m)
	case s.seed.IsStatelessReply(&m.Msg), s.p.set.ForwardStrayReplies && s.hasOurVia(m):
		s.replyRoutes(l, nil, nil, 0, m)
	default:
		s.stray(l, m)
	}
}

// isTaken reports whether a module has sent the request itself that m answers.
func (s *shard) isTaken(l *loop.Loop, m *Message) bool {
	for _, take := range s.p.set.ReplyTakers {
		if take(l, &m.Msg) {
			return true
		}
	}
	return false
}

// hasOurVia reports whether a response came back to whom the request went through.
func (s *shard) hasOurVia(m *Message) bool {
	v := m.Msg.TopVia()
	return s.p.tr.IsMine(v.Host.Of(m.Msg.Buf()), v.Port)
}

func (s *shard) stray(l *loop.Loop, m *Message) {
	s.counters.StrayReplies.Inc()
	s.endMessage(l, m)
}

// replyMatched steps the machine before any route runs, so that retransmissions
// stop and a negative final is acknowledged whatever the script does.
func (s *shard) replyMatched(l *loop.Loop, id tm.ID, m *Message) {
	w, tx := s.wire(id), s.txOf(id)
	alone := w.alone
	if !alone && !w.acks && (tx == nil || !tx.local) && m.Msg.OneVia() {
		s.stray(l, m) // RFC 3261 §16.7 3: there is nobody to forward it to
		return
	}
	fx := s.tm.Reply(id, m.Msg.Status(), l.Now())
	if fx.Send == tm.Ack && fx.Deliver {
		s.acknowledge(l, id, m)
		fx.Send = tm.Nothing
	}
	var b *branch
	if tx != nil && !alone {
		b = tx.branches[w.branch]
	}
	s.effects(l, id, fx)
	if fx.Deliver && w.acks && m.Msg.Status() < 300 {
		s.sendAgain(l, id)
		alone = true
	}
	if !fx.Deliver || alone {
		s.endMessage(l, m)
		return
	}
	if tx == nil {
		s.replyRoutes(l, nil, nil, id, m)
		return
	}
	s.branchHeard(l, b, m)
	if b.reply != nil {
		s.enqueue(l, b, m)
		return
	}
	tx.running++
	s.replyRoutes(l, tx, b, id, m)
	tx.running--
	s.release(l, tx)
}

// branchHeard notes that the branch is alive, and cancels one that was only
// waiting for its first provisional (RFC 3261 §9.1).
func (s *shard) branchHeard(l *loop.Loop, b *branch, m *Message) {
	b.gotReply, b.received = true, m.Msg.Status()
	if m.Msg.Status() < 200 {
		b.ringing = true
		if b.wantCancel {
			s.sendCancel(l, b, b.why)
		}
	}
}

// enqueue keeps m behind the parked reply run of its branch: replies of a branch
// stay in order. A repeated 2xx needs no second place in the queue.
func (s *shard) enqueue(l *loop.Loop, b *branch, m *Message) {
	if isRepeat(b, m) || len(b.queue) >= maxQueuedReplies && (m.Msg.Status() < 200 || b.finalQueued()) {
		s.counters.ReplyRetransmissions.Inc()
		s.endMessage(l, m)
		return
	}
	b.queue = append(b.queue, m)
}

// finalQueued reports whether a final response waits in the queue: what the machine takes
// for the branch's end comes once, and must not be dropped.
func (b *branch) finalQueued() bool {
	for _, q := range b.queue {
		if q.Msg.Status() >= 200 {
			return true
		}
	}
	return false
}

func isRepeat(b *branch, m *Message) bool {
	same := func(o *Message) bool {
		return o.Msg.Status() == m.Msg.Status() && m.Msg.Status() >= 200 && string(toTag(o)) == string(toTag(m))
	}
	for _, q := range b.queue {
		if same(q) {
			return true
		}
	}
	return b.reply.Rpl != nil && same(b.reply.Rpl)
}

func toTag(m *Message) []byte {
	if to := m.Msg.To(); to != nil {
		return to.Tag.Of(m.Msg.Buf())
	}
	return nil
}

// acknowledge sends the ACK of a negative final hop by hop and keeps it for
// repetitions of the response (RFC 3261 §17.1.1.3).
func (s *shard) acknowledge(l *loop.Loop, id tm.ID, m *Message) {
	if !s.readSent(id) {
		return
	}
	o := l.NewOut()
	var more []byte
	if tx := s.txOf(id); tx != nil {
		more = tx.headers
	}
	o.Set(s.scratch.AppendAck(o.Buf()[:0], &m.Msg, more))
	s.scratch.Reset()
	s.setBytes(id, o.Buf())
	s.sendOut(l, &s.wire(id).flow, o, 0)
}

// replyRoutes runs the onreply routes that apply, one after the other, then
// delivers. Tx and b are nil for a response without a live transaction.
func (s *shard) replyRoutes(l *loop.Loop, tx *Transaction, b *branch, id tm.ID, m *Message) {
	prog := s.programOf(tx)
	why, route := nextReplyRoute(prog, tx, b, forReplyGlobal)
	if route < 0 {
		s.deliver(l, tx, b, id, m)
		return
	}
	x := s.newContext(l, prog, why, syntax.OnReplyRoute)
	x.Rpl, x.Edits, x.Tx, x.branch, x.client = m, &m.Edits, tx, b, id
	if tx != nil {
		x.Req, x.Target = tx.Req, &b.Target
		b.reply = x
	}
	x.useReplyAVPs()
	x.start(route)
}

// programOf returns the version of the script that tx began on; without one the newest.
func (s *shard) programOf(tx *Transaction) *program {
	if tx != nil && tx.prog != nil {
		return tx.prog
	}
	return s.p.program()
}

// useReplyAVPs gives a reply route the transaction's AVPs where onreply_avp_mode says
// so, else a list of its own. The global route has nothing of the transaction.
func (x *Context) useReplyAVPs() {
	if x.Visible() != nil && x.p.set.OnReplyAVP {
		x.useAVPs(x.Tx.avps)
	} else {
		x.useAVPs(nil)
	}
}

// nextReplyRoute returns the first route from stage on: the global one, then the
// one armed in the branch route, then the transaction's.
func nextReplyRoute(prog *program, tx *Transaction, b *branch, stage purpose) (purpose, int32) {
	if stage <= forReplyGlobal && prog.onReply >= 0 {
		return forReplyGlobal, prog.onReply
	}
	if tx != nil && stage <= forReplyBranch && b.onReply >= 0 {
		return forReplyBranch, b.onReply
	}
	if tx != nil && stage <= forReplyTx && tx.onReply >= 0 {
		return forReplyTx, tx.onReply
	}
	return 0, -1
}

// replyRouteDone goes on after an onreply route: to the next one (true), or to
// delivery and then to the replies that queued meanwhile.
func (s *shard) replyRouteDone(l *loop.Loop, x *Context, dropped bool) bool {
	m, tx, b := x.Rpl, x.Tx, x.branch
	dropped = dropped && m.Msg.Status() < 200
	if !dropped {
		if why, route := nextReplyRoute(x.prog, tx, b, x.why+1); route >= 0 {
			x.again(why, route)
			return true
		}
	}
	if b != nil {
		b.reply = nil
	}
	if dropped {
		s.counters.DroppedReplies.Inc()
		s.endMessage(l, m)
	} else {
		s.deliver(l, tx, b, x.client, m)
	}
	for b != nil && b.live && b.reply == nil && len(b.queue) > 0 {
		next := b.queue[0]
		b.queue = append(b.queue[:0], b.queue[1:]...)
		s.replyRoutes(l, tx, b, x.client, next)
	}
	return false
}

// deliver hands a response to what waits for it: the response context, the
// upstream side of a tombstone, or the next Via.
func (s *shard) deliver(l *loop.Loop, tx *Transaction, b *branch, id tm.ID, m *Message) {
	switch {
	case tx != nil:
		s.respond(l, tx, b, m)
	case id != 0:
		s.repeat2xx(l, id, m)
	default:
		s.forwardByVia(l, m)
	}
}

// withoutTopVia serialises a response as it goes upstream by f.
func (s *shard) withoutTopVia(l *loop.Loop, m *Message, f *transport.Flow) *loop.Out {
	m.Msg.DeleteTopVia(&m.Edits)
	o := l.NewOut()
	o.Set(appendEdited(o.Buf()[:0], &m.Msg, &m.Edits, nil, f))
	return o
}
