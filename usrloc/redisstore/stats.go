package redisstore

import (
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/usrloc"
)

// counters are those of one loop.
type counters struct {
	written metrics.Counter // contacts, and key-value stores of AoRs
	deleted metrics.Counter // the same
	skipped metrics.Counter // what was read and is no contact
	failed  metrics.Counter // of the first two, those that were not; and searches
}

var _ usrloc.Totaler = (*Backend)(nil)

// Totals sums the counts. Anybody may call it.
func (b *Backend) Totals() (t usrloc.Totals) {
	for _, c := range b.counts {
		t.Written += c.written.Load()
		t.Deleted += c.deleted.Load()
		t.Skipped += c.skipped.Load()
		t.Failed += c.failed.Load()
	}
	return t
}
