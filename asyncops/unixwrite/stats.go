package unixwrite

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	asyncops.Tally
	writes metrics.Counter
}

// Stats is what a Writer has done for all loops.
type Stats struct {
	Writes uint64
	asyncops.Ends
}

// InFlight is the number of messages that have not ended.
func (s Stats) InFlight() uint64 { return s.Writes - s.Ends.Sum() }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (w *Writer) Snapshot() Stats {
	var s Stats
	for _, n := range w.stats {
		n.AddTo(&s.Ends)
		s.Writes += n.writes.Load() // last, so that it is never below the sum of the ends
	}
	return s
}
