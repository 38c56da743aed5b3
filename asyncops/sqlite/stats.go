package sqlite

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	asyncops.Tally
	queries metrics.Counter
}

// Stats is what a DB has done for all loops.
type Stats struct {
	Queries uint64
	asyncops.Ends
}

// InFlight is the number of queries that have not ended.
func (s Stats) InFlight() uint64 { return s.Queries - s.Ends.Sum() }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (db *DB) Snapshot() Stats {
	var s Stats
	for _, n := range db.stats {
		n.AddTo(&s.Ends)
		s.Queries += n.queries.Load() // last, so that it is never below the sum of the ends
	}
	return s
}
