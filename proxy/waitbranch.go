package proxy

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// A branch to nowhere keeps a transaction open without a real branch under way: so that
// others can still be injected into an INVITE (a phone that is woken up first, say), or
// so that another program can have it answered. It ends with a time-out, as a branch that
// nobody answers.

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
	d := tx.timeouts.frInvite
	if d == 0 {
		d = s.tm.Timing().FRInvite
	}
	x.holdOpen(d)
	return true
}

// ExpectAnswer keeps the transaction open for an answer that another program will bring
// about: without one it ends with 408 after fr_timeout, as a branch that nobody answers
// (t_write_req). False: the run has no transaction, or it needs no answer any more. In a
// branch route the branch in hand waits already.
func (x *Context) ExpectAnswer() bool {
	tx := x.Visible()
	switch {
	case tx == nil || tx.finalSent || tx.cancelled || len(tx.branches) >= maxTxBranches:
		return false
	case x.why == forBranch || tx.waitBranch() != nil:
		return true
	}
	d := tx.timeouts.fr
	if d == 0 {
		d = x.shard.tm.Timing().FR
	}
	x.holdOpen(d)
	return true
}

// holdOpen adds a branch to nowhere that ends after d.
func (x *Context) holdOpen(d time.Duration) {
	s, tx := x.shard, x.Tx
	b := s.addBranch(tx, x.Target)
	b.phone, b.state = true, branchSent
	b.until = x.loop.Now() + int64(d)
	x.loop.After(d, s.p.kinds.waiting, uint64(tx.id))
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
