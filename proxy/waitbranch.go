package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// A branch to nowhere keeps an INVITE transaction open when all its real branches have
// ended, so that others can still be injected: a phone that is woken up first, say. It
// ends with fr_inv_timeout, as a branch that nobody answers.

// WaitForBranches adds such a branch, or lets the one that is there wait for max more
// injected branches, 0 for any number (t_wait_for_new_branches). False: this is no
// INVITE, or it has been answered.
func (x *Context) WaitForBranches(max int) bool {
	s := x.shard
	if x.Req.Msg.Method() != sipparse.Invite || x.Visible() == nil && !x.NewTransaction() {
		return false
	}
	tx := x.Tx
	if tx.finalSent || tx.cancelled || x.p.blocked(tx) || len(tx.branches) >= maxTxBranches {
		return false
	}
	tx.awaited = max
	if tx.waitBranch() != nil {
		return true
	}
	b := s.addBranch(tx, x.Target)
	b.phone, b.state = true, branchSent
	d := tx.timeouts.frInvite
	if d == 0 {
		d = s.tm.Timing().FRInvite
	}
	b.until = x.loop.Now() + int64(d)
	x.loop.After(d, s.p.kinds.waiting, uint64(tx.id))
	return true
}

// StopWaiting ends the wait for further branches (t_wait_no_more_branches). When it was
// all that was pending, the transaction is decided now.
func (x *Context) StopWaiting() bool {
	tx := x.Visible()
	if tx == nil {
		return false
	}
	b := tx.waitBranch()
	if b == nil {
		return false
	}
	b.state = branchDropped
	x.shard.choose(x.loop, tx)
	return true
}

// waitBranch returns the branch to nowhere while it waits, or nil.
func (tx *Transaction) waitBranch() *branch {
	for _, b := range tx.branches {
		if b.phone && b.waiting() {
			return b
		}
	}
	return nil
}

// injected counts branches that came while some were waited for; the last one that was
// asked for ends the wait.
func (tx *Transaction) injected(n int, last bool) {
	b := tx.waitBranch()
	if b == nil {
		return
	}
	if tx.awaited > 0 {
		if tx.awaited -= n; tx.awaited <= 0 {
			last = true
		}
	}
	if last {
		b.state = branchDropped
	}
}

// waitedEnough takes the timer of a branch to nowhere.
func (s *shard) waitedEnough(l *loop.Loop, id tm.ID) {
	if !s.tm.Live(id) {
		return
	}
	tx := s.txOf(id)
	if tx == nil {
		return
	}
	b := tx.waitBranch()
	if b == nil || b.until > l.Now() {
		return // another one, with a timer of its own
	}
	tx.running++
	b.fail(408)
	s.choose(l, tx)
	tx.running--
	s.release(l, tx)
}
