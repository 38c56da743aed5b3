package usrloc

import (
	"time"

	"github.com/fastsips/fastsips/metrics"
)

// Totals are what a Backend has counted since the start, over all loops and tables. A row is
// one contact, in Redis too.
type Totals struct {
	Written uint64 // rows
	Deleted uint64 // rows, whose contacts are gone
	Ended   uint64 // rows whose time was over and that no memory knew
	Skipped uint64 // rows that were read and are no contacts
	Failed  uint64 // rows that were not written or not deleted, most of which are tried again, and searches without an answer
	Dirty   int64  // AoRs whose rows are not as they are in memory
	Flush   metrics.Distribution
	Loaded  int           // rows that were read at the start
	Load    time.Duration // how long that took
}

// A Totaler is a Backend that counts.
type Totaler interface {
	// Totals sums the counts. Anybody may call it; it neither waits nor locks.
	Totals() Totals
}
