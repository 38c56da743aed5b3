package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script"
)

// Values of t_inject_branches.
const (
	injectFailed   script.Ret = -1 // there is no transaction, or nothing to add
	injectFinished script.Ret = -2 // it has its final response or a 6xx, or was cancelled
	injectUnsent   script.Ret = -3 // no branch could be sent
)

// Inject adds the branch set of the run in hand to its transaction, beside the branches
// that are under way, and sends them (t_inject_branches). In a request route the R-URI
// is one of them, as for t_relay; in a reply route there is none. In the route of a
// notification it is the transaction of the run that asked to be told,
// and the R-URI counts if the route has set it. Cancel ends the
// branches under way, last the wait for others.
func (x *Context) Inject(cancel, last bool) script.Ret {
	s, tx := x.shard, x.injectable()
	if tx == nil || x.set() == nil {
		return injectFailed
	}
	n, head := x.set().n, (*Target)(nil)
	if x.CanFork() && (x.why != forNotify || x.Target.hasURI) {
		n, head = n+1, x.Target
	}
	switch {
	case tx.finalSent || tx.cancelled || x.p.blocked(tx):
		return injectFinished
	case n == 0 || len(tx.branches)+n > maxTxBranches:
		return injectFailed
	case x.tooBroad():
		x.refuseBreadth()
		return injectUnsent
	}
	if cancel {
		s.cancelBranches(x.loop, tx, nil, reasonCancelled)
	}
	ret := x.fork(relayJob{x: x, tx: tx}, head, injectFinish)
	if ret == script.Waiting || ret > 0 {
		tx.injected(n, last)
	} else {
		s.choose(x.loop, tx) // those that were cancelled may have been the last to wait for
	}
	return injectValue(ret)
}

// injectFinish is the value of an injection that had to wait.
func injectFinish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	return injectValue(relayFinish(c, op, out))
}

func injectValue(r script.Ret) script.Ret {
	switch {
	case r == script.Waiting || r > 0:
		return r
	case r == relayNoTarget:
		return injectFinished
	}
	return injectUnsent
}
