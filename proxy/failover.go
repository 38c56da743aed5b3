package proxy

import "github.com/fastsips/fastsips/loop"

// failOver tries b's next target in a new branch, after b has failed without having
// said no: a transport error, no answer at all, a 503 (RFC 3263 §4.3). It is the same
// request, with the changes that its branch route made, in a new client transaction.
// The script sees nothing of it before the last target has failed.
func (s *shard) failOver(l *loop.Loop, tx *Transaction, b *branch) {
	s.shun(l, b)
	if b.targets == nil || !b.targets.More() || !tx.mayRetry(b) || s.p.blocked(tx) {
		return
	}
	next := s.addBranch(tx, &b.Target)
	next.takeOver(b)
	j := s.relays.get()
	*j = relayJob{waiting: 1, released: true} // no t_relay waits for it
	next.job = j
	s.counters.Failovers.Inc()
	s.resolveNext(l, j, next)
}

// mayRetry reports whether b's request may still be sent elsewhere: nobody has been
// answered, no CANCEL came, no failure route has seen b's end.
func (tx *Transaction) mayRetry(b *branch) bool {
	return !tx.finalSent && !tx.cancelled && !b.wantCancel && !b.cancelled &&
		int(b.index) >= tx.firstNew && len(tx.branches) < maxTxBranches
}

// takeOver moves into b what made the branch before it: it will not be built again.
func (b *branch) takeOver(o *branch) {
	b.targets, o.targets = o.targets, nil
	if o.broadened {
		o.Edits.Truncate(o.unbroadened)
		o.broadened = false
	}
	b.Edits, o.Edits = o.Edits, b.Edits
	b.rr, o.rr = o.rr, b.rr
	b.rrParams, o.rrParams = o.rrParams, b.rrParams
	b.avps, o.avps = o.avps, b.avps
	b.onReply = o.onReply
}

// mayFailOver reports whether targets beyond the first are of use to j.
func (s *shard) mayFailOver(j *relayJob) bool {
	return !s.p.set.DisableDNSFailover && j.flags&NoDNSFailover == 0
}

// resolveNext finds the next address of b's targets and sends b there.
func (s *shard) resolveNext(l *loop.Loop, j *relayJob, b *branch) {
	b.state = branchResolving
	r := s.resolves.get()
	*r = branchResolve{s: s, j: j, b: b}
	b.tx.running++
	if _, out, pending := s.ops.Begin(l, b.targets, s.p.set.DNSTimeout, r); !pending {
		r.Resume(l, nil, out)
	}
}

// sendFound sends b to the address that was found, and keeps its targets if it can
// have another. One that is on a blacklist is passed over.
func (s *shard) sendFound(l *loop.Loop, j *relayJob, b *branch) {
	h := located(b.targets)
	if s.filtered(l, b.tx.Req.lists, &h, b.draft()) {
		j.worst = relayFiltered
		s.resolveNext(l, j, b)
		return
	}
	if !b.targets.More() || !s.mayFailOver(j) {
		s.forgetTargets(l, b)
	}
	s.sendBranch(l, j, b, &h)
}

func (s *shard) forgetTargets(l *loop.Loop, b *branch) {
	if b.targets != nil {
		b.targets.Free(l)
		b.targets = nil
	}
}
