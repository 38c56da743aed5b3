package exec

import "sync/atomic"

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	requests, completed, failed, timedOut, abandoned atomic.Uint64
	overloaded, unavailable                          atomic.Uint64
	started, killed, reaped, truncated               atomic.Uint64
	_                                                [64]byte // keeps loops off each other's cache lines
}

// Stats is what a runner has done on all its loops. Every command ends in exactly
// one of Completed ... Unavailable.
type Stats struct {
	Requests    uint64
	Completed   uint64 // whatever the exit status
	Failed      uint64 // could not be started
	TimedOut    uint64
	Abandoned   uint64 // nobody waited for it any more
	Overloaded  uint64
	Unavailable uint64 // kept back by the breaker
	Started     uint64 // processes
	Killed      uint64 // process groups
	Reaped      uint64 // processes
	Truncated   uint64 // commands whose output went beyond the bounds
}

// InFlight is the number of commands that have not ended.
func (s Stats) InFlight() uint64 {
	return s.Requests - s.Completed - s.Failed - s.TimedOut - s.Abandoned - s.Overloaded - s.Unavailable
}

// Running is the number of processes that have not been reaped.
func (s Stats) Running() uint64 { return s.Started - s.Reaped }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (x *Runner) Snapshot() Stats {
	var s Stats
	for _, n := range x.stats {
		s.Completed += n.completed.Load()
		s.Failed += n.failed.Load()
		s.TimedOut += n.timedOut.Load()
		s.Abandoned += n.abandoned.Load()
		s.Overloaded += n.overloaded.Load()
		s.Unavailable += n.unavailable.Load()
		s.Killed += n.killed.Load()
		s.Reaped += n.reaped.Load()
		s.Truncated += n.truncated.Load()
		s.Started += n.started.Load()   // after Reaped and
		s.Requests += n.requests.Load() // after all ends: never below them
	}
	return s
}
