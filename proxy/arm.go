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

// SetFRInviteTimeout sets the ringing time in the same manner. In a reply route it counts
// for the branch in hand as well, from now on.
func (x *Context) SetFRInviteTimeout(d time.Duration) {
	x.timeouts().frInvite = d
	if x.branch != nil && x.Rpl != nil {
		x.shard.tm.SetFRInvite(x.branch.client, d, x.loop.Now())
	}
}

// branchTimeouts are the script's own; zero means the default.
type branchTimeouts struct{ fr, frInvite time.Duration }

func (x *Context) timeouts() *branchTimeouts {
	if x.Tx != nil {
		return &x.Tx.timeouts
	}
	return &x.early
}
