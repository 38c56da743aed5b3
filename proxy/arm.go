package proxy

import "time"

// ArmFailure arms a failure route: the transaction's, or what will be its when
// there is one. -1 disarms.
func (x *Context) ArmFailure(route int32) {
	if x.Tx != nil {
		x.Tx.onFailure = route
		return
	}
	x.onFailure = route
}

// ArmReply arms an onreply route; in a branch route just for that branch.
func (x *Context) ArmReply(route int32) {
	switch {
	case x.why == forBranch:
		x.branch.onReply = route
	case x.Tx != nil:
		x.Tx.onReply = route
	default:
		x.onReply = route
	}
}

// ArmBranch arms a branch route.
func (x *Context) ArmBranch(route int32) {
	if x.Tx != nil {
		x.Tx.onBranch = route
		return
	}
	x.onBranch = route
}

// BranchIndex is the number of the branch in hand; ok is false where there is none.
func (x *Context) BranchIndex() (i int, ok bool) {
	if x.branch == nil {
		return 0, false
	}
	return int(x.branch.index), true
}

// FRTimeout is how long a branch may take to its first reply.
func (x *Context) FRTimeout() time.Duration {
	if d := x.timeouts().fr; d > 0 {
		return d
	}
	return x.p.set.Timing.FR
}

// FRInviteTimeout is how long an INVITE may ring.
func (x *Context) FRInviteTimeout() time.Duration {
	if d := x.timeouts().frInvite; d > 0 {
		return d
	}
	return x.p.set.Timing.FRInvite
}

// SetFRTimeout sets it for this transaction, also before there is one; 0 is the
// default again.
func (x *Context) SetFRTimeout(d time.Duration) { x.timeouts().fr = d }

// SetFRInviteTimeout sets the ringing time in the same manner.
func (x *Context) SetFRInviteTimeout(d time.Duration) { x.timeouts().frInvite = d }

// branchTimeouts are the script's own; zero means the default.
type branchTimeouts struct{ fr, frInvite time.Duration }

func (x *Context) timeouts() *branchTimeouts {
	if x.Tx != nil {
		return &x.Tx.timeouts
	}
	return &x.early
}
