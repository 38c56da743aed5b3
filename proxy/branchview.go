package proxy

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/transport"
)

// A BranchView is one branch of a transaction as scripts see it. It is valid until the
// run goes on to wait.
type BranchView struct {
	b *branch
	x *Context
}

// BranchIndex is the number of the branch in hand: in a branch or reply route that
// one's, in a failure route the winner's; ok is false where there is none.
func (x *Context) BranchIndex() (i int, ok bool) {
	switch {
	case x.branch != nil && x.Visible() != nil:
		return int(x.branch.index), true
	case x.why == forFailure && x.Tx.winner >= 0:
		return x.Tx.winner, true
	}
	return 0, false
}

// TxBranches returns how many branches the transaction has had so far.
func (x *Context) TxBranches() int {
	if tx := x.Visible(); tx != nil {
		return len(tx.branches)
	}
	return 0
}

// TxBranch returns branch i of the transaction.
func (x *Context) TxBranch(i int) (v BranchView, ok bool) {
	if i < 0 || i >= x.TxBranches() {
		return v, false
	}
	return BranchView{x.Tx.branches[i], x}, true
}

// Target returns where the branch goes, with its flags and attributes.
func (v BranchView) Target() *Target { return &v.b.Target }

// URI returns its R-URI.
func (v BranchView) URI() []byte { return v.b.Target.URI(v.x.Tx.Req.Msg.RequestURI()) }

// Received returns the status of the last response that came, or 0.
func (v BranchView) Received() int { return v.b.received }

// IsPhone reports that it is no branch to anywhere: it keeps the transaction waiting
// for branches that are injected.
func (v BranchView) IsPhone() bool { return v.b.phone }

// Socket returns the listener that the request left by, or is forced to; nil before.
func (v BranchView) Socket() *transport.Listener {
	if v.b.client != 0 {
		return v.x.p.tr.Listener(v.b.flow.Listener)
	}
	return v.b.Target.Socket()
}

// AVPs returns the branch's own list ($bavp), made when it is first asked for.
func (v BranchView) AVPs() *script.AVPs {
	if v.b.avps == nil {
		v.b.avps = v.x.shard.avps.get()
	}
	return v.b.avps
}

// TxID returns the number of the transaction in hand, 0 without one.
func (x *Context) TxID() tm.ID {
	if tx := x.Visible(); tx != nil {
		return tx.id
	}
	return 0
}
