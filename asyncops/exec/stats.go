package exec

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	started, killed, reaped, truncated metrics.Counter
}

// Stats is what a runner has done on all its loops. A command that ran has
// Completed whatever its exit status; one that could not be started has Failed.
type Stats struct {
	Requests uint64
	asyncops.Ends
	Started   uint64 // processes
	Killed    uint64 // process groups
	Reaped    uint64 // processes
	Truncated uint64 // commands whose output went beyond the bounds
}

// InFlight is the number of commands that have not ended.
func (s Stats) InFlight() uint64 { return s.Requests - s.Ends.Sum() }

// Running is the number of processes that have not been reaped.
func (s Stats) Running() uint64 { return s.Started - s.Reaped }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (x *Runner) Snapshot() Stats {
	var s Stats
	s.Requests, s.Ends = x.backend.Ends()
	for _, n := range x.stats {
		s.Killed += n.killed.Load()
		s.Reaped += n.reaped.Load()
		s.Truncated += n.truncated.Load()
		s.Started += n.started.Load() // after Reaped: never below it
	}
	return s
}
