package sqlstore

import (
	"time"

	"github.com/fastsips/fastsips/metrics"
)

// Totals are what has been counted, over all loops and tables.
type Totals struct {
	Written uint64 // rows
	Deleted uint64 // rows, by their IDs
	Ended   uint64 // rows whose time was over and that no memory knew
	Failed  uint64 // rows that a statement did not bring into the table, or out of it; most were tried again
	Dirty   int64  // AoRs whose rows are not as they are in memory
	Flush   metrics.Distribution
	Loaded  Loaded
}

// Totals sums the counts. Anybody may call it.
func (b *Backend) Totals() Totals {
	t := Totals{Loaded: b.loaded}
	for _, c := range b.counts {
		t.Written += c.written.Load()
		t.Deleted += c.deleted.Load()
		t.Ended += c.ended.Load()
		t.Failed += c.failed.Load()
		t.Dirty += c.debts.Load()
		c.flush.AddTo(&t.Flush)
	}
	return t
}

// LoadTime is how long Load took.
func (t *Totals) LoadTime() time.Duration { return t.Loaded.Took }
