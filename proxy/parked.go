package proxy

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A run may be parked for so long, from its first park on (max_parked_time). Then the
// operation at hand is cancelled and the run ends, as by exit; a branch that waits is not sent; a request that nobody has
// answered and that is on its way nowhere gets a 504 (RFC 3261 §21.5.5): we did not hear
// in time from what we asked.

// parkTime returns how long the run may wait for an operation that has timeout.
func (x *Context) parkTime(l *loop.Loop, timeout time.Duration) time.Duration {
	limit := x.p.set.MaxParkedTime
	if limit <= 0 {
		return timeout
	}
	if x.parkUntil == 0 {
		x.parkUntil = l.Now() + int64(limit)
	}
	if timeout <= 0 {
		timeout = x.p.set.AsyncTimeout
	}
	return max(min(timeout, time.Duration(x.parkUntil-l.Now())), time.Millisecond)
}

// outOfTime reports whether the limit has ended the operation.
func (x *Context) outOfTime(l *loop.Loop, out asyncops.Outcome) bool {
	return out == asyncops.TimedOut && x.parkUntil != 0 && l.Now() >= x.parkUntil
}

// giveUp ends a run that has been parked for too long.
func (x *Context) giveUp(out asyncops.Outcome) {
	s := x.shard
	s.counters.ParkLimits.Inc()
	x.run.LogError("core: a run has waited for max_parked_time (%v) in %s: ended", x.p.set.MaxParkedTime, x.run.Where())
	x.run.GiveUp(out, x.why == forBranch)
	if x.why == forRequest {
		x.answerLate()
	}
	x.end()
}

// answerLate answers a request that the run leaves behind.
func (x *Context) answerLate() {
	const late = 504
	tx := x.Tx
	switch {
	case x.Req.sent:
	case tx == nil:
		x.StatelessReply(late, reasonOf(late))
	case tx.status < 200 && !tx.finalSent && !tx.pending():
		x.shard.replyTx(x.loop, tx, late, reasonOf(late))
	}
}
