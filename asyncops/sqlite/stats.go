package sqlite

import "sync/atomic"

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	queries, completed, failed, timedOut, abandoned, overloaded, unavailable atomic.Uint64

	_ [64]byte // keeps loops off each other's cache lines
}

// Stats is what a DB has done for all loops. Every query ends in exactly one of
// Completed ... Unavailable.
type Stats struct {
	Queries     uint64
	Completed   uint64
	Failed      uint64
	TimedOut    uint64
	Abandoned   uint64 // nobody waited for the answer any more
	Overloaded  uint64
	Unavailable uint64 // kept back by the breaker
}

// InFlight is the number of queries that have not ended.
func (s Stats) InFlight() uint64 {
	return s.Queries - s.Completed - s.Failed - s.TimedOut - s.Abandoned - s.Overloaded - s.Unavailable
}

// Snapshot sums the counters of all loops; any goroutine may call it.
func (db *DB) Snapshot() Stats {
	var s Stats
	for _, n := range db.stats {
		s.Completed += n.completed.Load()
		s.Failed += n.failed.Load()
		s.TimedOut += n.timedOut.Load()
		s.Abandoned += n.abandoned.Load()
		s.Overloaded += n.overloaded.Load()
		s.Unavailable += n.unavailable.Load()
		s.Queries += n.queries.Load() // last, so that it is never below the sum of the ends
	}
	return s
}
