package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// RelayFlags are the options of t_relay.
type RelayFlags uint8

// The flags, by their OpenSIPS names.
const (
	NoAuto477     RelayFlags = 1 << iota // no-auto-477: codes instead of automatic answers
	NoDNSFailover                        // no-dns-failover
	PassReason                           // pass-reason-hdr
	AllowNoCancel                        // allow-no-cancel
)

// Values of t_relay, as OpenSIPS documents them.
const (
	relayGeneric      script.Ret = -1
	relayBadMessage   script.Ret = -2
	relayNoTarget     script.Ret = -3 // also: cancelled, already answered
	relayUnresolvable script.Ret = -4
	relayFiltered     script.Ret = -5 // every target is on a blacklist
	relaySendFailed   script.Ret = -6
)

// A relayJob is one t_relay in progress: the branches it added, each settling in
// its own time. When some have to wait (a branch route that suspends, a name to
// resolve) it is the operation that the calling run is parked on.
type relayJob struct {
	x        *Context
	tx       *Transaction // that the branches are of
	flags    RelayFlags
	replica  bool // of t_replicate
	created  bool // t_relay made the transaction: it answers failures itself
	waiting  int  // branches not settled
	sent     int
	worst    script.Ret // of the branches that could not be sent
	done     asyncops.Completion
	awaited  bool // Start was called: tell done
	released bool // nobody waits any more
}

// Start notes who to tell; the branches are under way already.
func (j *relayJob) Start(_ *loop.Loop, c asyncops.Completion, _ int64) { j.done, j.awaited = c, true }

// Cancel ends the branches that have not left yet: the run inside which their
// branch routes run goes on without them.
func (j *relayJob) Cancel(l *loop.Loop) {
	j.awaited, j.released = false, true
	s := j.x.shard
	for _, b := range j.tx.branches {
		switch {
		case b.job != j:
		case b.route != nil:
			s.abandonRoute(l, b)
		case b.state == branchResolving:
			b.state = branchDropped // settles when the answer comes
		}
	}
}

// abandonRoute ends a branch with its branch route, which is parked.
func (s *shard) abandonRoute(l *loop.Loop, b *branch) {
	x := b.route
	b.route = nil
	s.ops.Abandon(l, x.token)
	s.counters.Parked.Add(-1)
	x.loop = l
	x.run.GiveUp(asyncops.Cancelled, true) // what it has got by now, such as a lock, is given back
	s.endContext(x)
	b.tx.running--
	s.branchRouted(l, b, true)
}

// Relay forwards the request in hand to its targets statefully (t_relay).
func (x *Context) Relay(flags RelayFlags) script.Ret {
	switch x.Req.Msg.Method() {
	case sipparse.Ack:
		if x.Req.EndsHere() {
			return 1
		}
		return x.Forward()
	case sipparse.Cancel:
		if x.relayCancel(flags) {
			return 1
		}
		if x.Visible() == nil {
			// RFC 3261 §16.10: the INVITE may have gone the same way without state, and
			// left with the branch that this one leaves with.
			return x.Forward()
		}
	}
	created := x.Visible() == nil
	if created && !x.NewTransaction() {
		return relayGeneric
	}
	if x.Tx.finalSent || x.Tx.cancelled || x.p.blocked(x.Tx) {
		return relayNoTarget
	}
	if flags&AllowNoCancel != 0 {
		x.Tx.noCancel = x.Req.wantsNoCancel()
	}
	if rc, ok := x.admit(flags); !ok {
		return rc
	}
	return x.relayTargets(flags, created)
}

func (x *Context) relayTargets(flags RelayFlags, created bool) script.Ret {
	if len(x.Tx.branches)+x.set().n >= maxTxBranches {
		return relayGeneric
	}
	if x.tooBroad() {
		return x.refuseBreadth()
	}
	return x.fork(relayJob{x: x, tx: x.Tx, flags: flags, created: created}, x.Target, relayFinish)
}

// fork makes branches of head, unless it is nil, and of the branch set, and sends each on
// its way. Fin makes the value if some have to wait.
func (x *Context) fork(job relayJob, head *Target, fin script.Finish) script.Ret {
	s, tx, l, set := x.shard, job.tx, x.loop, x.set()
	j := s.relays.get()
	*j = job
	first := len(tx.branches)
	if head != nil {
		s.addBranch(tx, head)
	}
	for i := range set.n {
		if t := &set.list[i]; !tx.hasTarget(first, t) {
			s.addBranch(tx, t)
		}
	}
	set.clear()
	j.waiting = len(tx.branches) - first
	for _, b := range tx.branches[first:] {
		b.job, b.replica = j, j.replica
		s.routeBranch(l, b)
	}
	if j.waiting > 0 {
		return x.run.Await(j, fin)
	}
	return j.finish()
}

// routeBranch runs the armed branch route on b, then looks for its next hop.
func (s *shard) routeBranch(l *loop.Loop, b *branch) {
	tx := b.tx
	if tx.onBranch < 0 || b.replica {
		s.resolveBranch(l, b.job, b)
		return
	}
	x := s.blankContext(l, tx.prog, forBranch, syntax.BranchRoute)
	x.run = s.runs.GetChild(b.job.x.run, x)
	x.Req, x.Tx, x.branch = tx.Req, tx, b
	x.Target, x.Edits = &b.Target, &b.Edits
	b.Edits.Over(&tx.Req.Edits) // what the branch route changes stands on what the message has
	x.useAVPs(tx.avps)
	b.route = x
	x.start(tx.onBranch)
}

// branchRouted goes on with a branch after its branch route. A final answer or
// a CANCEL that came meanwhile ends it unsent.
func (s *shard) branchRouted(l *loop.Loop, b *branch, dropped bool) {
	if dropped || b.state == branchDropped {
		b.state = branchDropped
		s.settled(l, b.job, b.tx)
		return
	}
	s.resolveBranch(l, b.job, b)
}

// resolveBranch finds b's next hop and sends it there, at once when no name has
// to be looked up.
func (s *shard) resolveBranch(l *loop.Loop, j *relayJob, b *branch) {
	hop, ok := nextHop(b.tx.Req, &b.Target)
	if !ok {
		s.unsent(l, j, b, relayBadMessage)
		return
	}
	if hop.literal {
		if s.filtered(l, s.p.set.Blacklists.besidesDNS(b.tx.Req.lists), &hop, b.draft()) {
			s.unsent(l, j, b, relayFiltered)
			return
		}
		s.sendBranch(l, j, b, &hop)
		return
	}
	if !s.p.canReach(&hop) {
		s.unsent(l, j, b, relaySendFailed)
		return
	}
	b.targets = s.locate(l, &hop, 0)
	s.resolveNext(l, j, b)
}

// sendBranch forwards the request to hop, now or as soon as Max-Breadth allows.
func (s *shard) sendBranch(l *loop.Loop, j *relayJob, b *branch, hop *hop) {
	tx := b.tx
	ls := s.p.leaveBy(&b.Target, tx.Req, hop)
	if ls == nil {
		s.unsent(l, j, b, relaySendFailed)
		return
	}
	b.flow = s.p.flowOf(&b.Target, tx.Req, ls, hop)
	b.Target.pin(&b.flow)
	b.named = hop.named
	j.sent++
	if b.replica || s.takeBreadth(b, j.waiting) {
		s.dispatch(l, b)
	} else {
		b.state = branchHeld
	}
	s.settled(l, j, tx)
}

// dispatch sends the request along b's flow in a client transaction of its own.
func (s *shard) dispatch(l *loop.Loop, b *branch) {
	o := s.startClient(l, b)
	if f, ok := s.insteadOfUDP(b, len(o.Buf())); ok {
		l.Free(o)
		s.dropClient(b)
		b.flow = f
		o = s.startClient(l, b)
		s.wire(b.client).upgraded = true
	}
	if b.tx.local {
		s.show(l, b.tx.prog, b.tx.prog.showRequest, o.Buf(), b.tx.Req.depth)
	}
	b.state = branchSent
	s.counters.ClientTransactions.Inc()
	s.sendOut(l, &b.flow, o, uint64(b.client))
}

func (s *shard) unsent(l *loop.Loop, j *relayJob, b *branch, why script.Ret) {
	b.state = branchDropped
	j.worst = min(j.worst, why)
	s.settled(l, j, b.tx)
}

// settled counts a branch of tx off; after the last one a parked caller goes on.
// Others may have failed while that one was still on its way out.
func (s *shard) settled(l *loop.Loop, j *relayJob, tx *Transaction) {
	if j.waiting--; j.waiting > 0 {
		return
	}
	switch {
	case j.awaited:
		s.choose(l, tx)
		j.done.Done(l, asyncops.Completed)
	case j.released:
		s.choose(l, tx)
		s.relays.put(j)
	}
}

// relayFinish is the value of a t_relay that had to wait.
func relayFinish(_ *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	j := op.(*relayJob)
	if out != asyncops.Completed {
		return relayGeneric // the job goes back when its branches have settled
	}
	return j.finish()
}

// finish gives t_relay's value, and answers for it where OpenSIPS does: a
// transaction that t_relay made itself is answered when nothing could be sent.
func (j *relayJob) finish() script.Ret {
	x, tx, s := j.x, j.tx, j.x.shard
	sent, flags, created, worst := j.sent, j.flags, j.created, j.worst
	s.relays.put(j)
	switch {
	case sent > 0:
		return 1
	case tx.cancelled || tx.finalSent:
		return relayNoTarget
	case worst == 0:
		worst = relayGeneric // every branch was dropped by its branch route
	}
	x.failed(worst)
	if !created || flags&NoAuto477 != 0 {
		return worst
	}
	s.replyTx(x.loop, tx, x.lastError, reasonOf(x.lastError))
	return 1
}

func autoStatus(r script.Ret) int {
	switch r {
	case relaySendFailed:
		return 477
	case relayFiltered:
		return 473
	case relayUnresolvable:
		return 476
	case relayBadMessage:
		return 475
	}
	return 500
}
