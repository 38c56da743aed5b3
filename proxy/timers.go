package proxy

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/tm"
)

// hiddenTryingAfter is when an INVITE that a plain call parked gets its 100
// (RFC 3261 §17.2.1).
const hiddenTryingAfter = 200 * time.Millisecond

// transactionTimer takes a timer of the transaction table.
func (p *Proxy) transactionTimer(l *loop.Loop, ref uint64) {
	s := p.on(l)
	id, _, fx := s.tm.Timer(ref, l.Now())
	if id != 0 {
		s.gaveUp(l, id, fx, 408)
	}
}

// gaveUp carries out what a timer or a send error made of a transaction and, if
// the client transaction of a branch is over by it, tells the branch. The effects
// come first: what the branch's end starts may take the slot of a transaction that
// has ended.
func (s *shard) gaveUp(l *loop.Loop, id tm.ID, fx tm.Effects, status int) {
	tx, b := s.branchOf(id)
	s.effects(l, id, fx)
	if b == nil || !fx.Deliver && !fx.Terminated {
		return
	}
	tx.running++
	if fx.Deliver && b.state == branchSent && b.received < 200 { // a final may wait behind a parked reply run
		s.timeout(l, tx, b, status)
	}
	tx.running--
	s.release(l, tx)
}

// branchOf returns the live branch that a client transaction belongs to, which may
// just have ended; nils for all others.
func (s *shard) branchOf(id tm.ID) (*Transaction, *branch) {
	if s.tm.Role(id).IsServer() || s.wire(id).alone {
		return nil, nil
	}
	tx := s.txOf(id)
	if tx == nil {
		return nil, nil
	}
	return tx, tx.branches[s.wire(id).branch]
}

// SendFailed takes an error of the socket for something sent with tag: to its
// client transaction a failed hop is a 503 (RFC 3261 §16.9).
func (p *Proxy) SendFailed(l *loop.Loop, tag uint64, _ error) {
	s := p.on(l)
	id := tm.ID(tag)
	if !s.tm.Live(id) {
		return
	}
	s.counters.SendErrors.Inc()
	if s.fallBack(l, id) {
		return
	}
	s.gaveUp(l, id, s.tm.Step(id, tm.TransportError, l.Now()), 503)
}
