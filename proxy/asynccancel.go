package proxy

import "github.com/fastsips/fastsips/loop"

// With async_cancel a CANCEL ends what the runs of its INVITE wait for: that of the request
// and that of a failure route. Branch routes end with t_relay, reply routes hold a reply
// that goes on whatever the caller wants.

// A parkKey names a parked run of a transaction: it has one for each purpose at most.
type parkKey struct {
	tx  *Transaction
	why purpose
}

// canBeStopped reports whether a CANCEL ends what the run waits for.
func (x *Context) canBeStopped() bool {
	return x.shard.parked != nil && x.Tx != nil && (x.why == forRequest || x.why == forFailure)
}

func (x *Context) noteParked() {
	if x.canBeStopped() {
		x.shard.parked[parkKey{x.Tx, x.why}] = x
	}
}

func (x *Context) forgetParked() {
	if x.canBeStopped() {
		delete(x.shard.parked, parkKey{x.Tx, x.why})
	}
}

// stopWaiting has the parked runs of a cancelled transaction go on.
func (s *shard) stopWaiting(l *loop.Loop, tx *Transaction) {
	for _, why := range [...]purpose{forRequest, forFailure} {
		if x := s.parked[parkKey{tx, why}]; x != nil {
			s.ops.Stop(l, x.token)
		}
	}
}
