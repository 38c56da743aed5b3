package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// RFC 3261 §18.1.1: a request that may not fit a datagram on its way goes by TCP and, if
// nobody takes it there, by UDP after all. Only where nobody has said how it is to go.

// insteadOfUDP returns the flow by which b's request of size bytes goes instead; false
// if it may stay on UDP, or must.
func (s *shard) insteadOfUDP(b *branch, size int) (f transport.Flow, ok bool) {
	mtu := s.p.set.UDPMTU
	if mtu == 0 || size <= mtu || b.flow.Proto != transport.UDP || b.named || b.Target.sock != nil {
		return f, false
	}
	h := hop{proto: transport.TCP, addr: b.flow.Remote, literal: true}
	ls := s.p.leaveBy(&b.Target, b.tx.Req, &h)
	if ls == nil {
		return f, false
	}
	return s.p.flowOf(&b.Target, b.tx.Req, ls, &h), true
}

// fallBack sends a request by UDP that was too large for it, and could not be sent by
// TCP; false if id is not that of such a one, or somebody has answered it.
func (s *shard) fallBack(l *loop.Loop, id tm.ID) bool {
	w, tx := s.wire(id), s.txOf(id)
	if !w.upgraded || tx == nil {
		return false
	}
	b := tx.branches[w.branch] // also that of a replica
	if b.state != branchSent || b.client != id || b.gotReply {
		return false
	}
	h := hop{proto: transport.UDP, addr: b.flow.Remote, literal: true}
	ls := s.p.leaveBy(&b.Target, b.tx.Req, &h)
	if ls == nil {
		return false
	}
	s.dropClient(b)
	b.flow = flowTo(b.tx.Req, ls, &h)
	s.sendOut(l, &b.flow, s.startClient(l, b), uint64(b.client))
	return true
}

// startClient begins b's client transaction by b.flow, and returns what it sends.
func (s *shard) startClient(l *loop.Loop, b *branch) *loop.Out {
	tx, role := b.tx, tm.NonInviteClient
	if tx.Req.Msg.Method() == sipparse.Invite {
		role = tm.InviteClient
	}
	b.client = s.tm.NewClient(role, b.flow.Proto.Reliable(), tx.timeouts.fr, tx.timeouts.frInvite, l.Now())
	*s.wire(b.client) = wire{flow: b.flow, tx: tx.slot + 1, branch: b.index, alone: b.replica}
	o := l.NewOut()
	s.branchText = s.seed.AppendLoopBranch(s.branchText[:0], b.client, s.loopHash(tx.Req))
	o.Set(s.build(o.Buf()[:0], tx.Req, &b.Target, &b.Edits, &b.rr, b.rrParams, &b.flow, s.branchText, tx.headers))
	s.setBytes(b.client, o.Buf())
	return o
}

// dropClient ends b's client transaction as if it had never been.
func (s *shard) dropClient(b *branch) {
	s.tm.Kill(b.client)
	s.endWire(b.client)
}
