package proxy

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

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
	*r = branchResolve{s: s, j: j, b: b, began: l.Now()}
	b.tx.running++
	if _, out, pending := s.ops.Begin(l, b.targets, s.p.set.DNSTimeout, r); !pending {
		r.Resume(l, nil, out)
	}
}

// sendFound sends b to the address that was found, and keeps its targets if it can
// have another.
func (s *shard) sendFound(l *loop.Loop, j *relayJob, b *branch) {
	h := located(b.targets)
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

// shunFor is how long a target that failed is not sent to where its name has another
// (OpenSIPS's rule), unless it says itself; maxShun bounds what it may say.
const (
	shunFor = 4 * time.Minute
	maxShun = time.Hour
)

// shunned are the targets that failed of late, the oldest making room for the next.
type shunned struct {
	list [32]struct {
		addr  loop.Addr
		until int64
	}
	next int
}

// add takes a in until a time; one that is there already keeps its place.
func (x *shunned) add(a loop.Addr, until int64) {
	for i := range x.list {
		if x.list[i].addr == a {
			x.list[i].until = until
			return
		}
	}
	x.list[x.next].addr, x.list[x.next].until = a, until
	x.next = (x.next + 1) % len(x.list)
}

func (x *shunned) has(a loop.Addr, now int64) bool {
	for i := range x.list {
		if x.list[i].addr == a {
			return now < x.list[i].until
		}
	}
	return false
}

// shun remembers that b's target failed, unless disable_dns_blacklist says not to.
func (s *shard) shun(l *loop.Loop, b *branch) {
	if !s.p.set.DNSBlacklist {
		return
	}
	d := shunFor
	if b.final != nil {
		d = retryAfterOf(&b.final.Msg)
	}
	s.shunned.add(b.flow.Remote, l.Now()+int64(d))
}

// shuns reports whether a is to be passed over.
func (s *shard) shuns(l *loop.Loop, a loop.Addr) bool {
	return s.p.set.DNSBlacklist && s.shunned.has(a, l.Now())
}

// retryAfterOf is how long a 503 asks not to be bothered (RFC 3261 §21.5.4).
func retryAfterOf(m *sipparse.Msg) time.Duration {
	var r sipparse.RetryAfter
	if found, err := m.RetryAfter(&r); !found || err != sipparse.OK {
		return shunFor
	}
	return min(time.Duration(r.Seconds)*time.Second, maxShun)
}
