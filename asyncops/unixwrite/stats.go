package unixwrite

import "github.com/fastsips/fastsips/asyncops"

// Stats is what a Writer has done for all loops.
type Stats struct {
	Writes uint64
	asyncops.Ends
}

// InFlight is the number of messages that have not ended.
func (s Stats) InFlight() uint64 { return s.Writes - s.Ends.Sum() }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (w *Writer) Snapshot() (s Stats) {
	s.Writes, s.Ends = w.backend.Ends()
	return s
}
