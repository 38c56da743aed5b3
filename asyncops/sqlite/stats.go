package sqlite

import "github.com/fastsips/fastsips/asyncops"

// Stats is what a DB has done for all loops.
type Stats struct {
	Queries uint64
	asyncops.Ends
}

// InFlight is the number of queries that have not ended.
func (s Stats) InFlight() uint64 { return s.Queries - s.Ends.Sum() }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (db *DB) Snapshot() (s Stats) {
	s.Queries, s.Ends = db.Backend().Ends()
	return s
}
