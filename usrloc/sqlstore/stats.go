package sqlstore

import "github.com/fastsips/fastsips/usrloc"

var _ usrloc.Totaler = (*Backend)(nil)

// Totals sums the counts. Anybody may call it.
func (b *Backend) Totals() usrloc.Totals {
	t := usrloc.Totals{Loaded: b.loaded.Rows, Load: b.loaded.Took, Skipped: uint64(b.loaded.Skipped)}
	for _, c := range b.counts {
		t.Written += c.written.Load()
		t.Deleted += c.deleted.Load()
		t.Ended += c.ended.Load()
		t.Skipped += c.skipped.Load()
		t.Failed += c.failed.Load()
		t.Dirty += c.debts.Load()
		c.flush.AddTo(&t.Flush)
	}
	return t
}
