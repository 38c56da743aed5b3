package memory

import "sync/atomic"

// A Budget is memory that one or several tables share.
type Budget struct {
	limit   int64
	used    atomic.Int64
	entries atomic.Int64
}

// What an entry takes besides the bytes of its key and its value, its part of a leaf
// included; and what a fork takes.
const (
	entryBytes = 96
	forkBytes  = 256
)

// NewBudget allows limit bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Used is the bytes in use.
func (b *Budget) Used() int64 { return b.used.Load() }

// Entries is how many keys there are, those included whose time is over and that nobody
// has taken out yet.
func (b *Budget) Entries() int64 { return b.entries.Load() }

// take takes n bytes, which may be negative; false: there are too few.
func (b *Budget) take(n int64) bool {
	if n == 0 {
		return true
	}
	if b.used.Add(n) > b.limit && n > 0 {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *Budget) count(n int64) {
	if n != 0 {
		b.entries.Add(n)
	}
}

func (e *entry) size() int64 {
	if e == nil {
		return 0
	}
	return entryBytes + int64(len(e.text))
}
