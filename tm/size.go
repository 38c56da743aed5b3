package tm

import "unsafe"

// A Size is what a Table takes.
type Size struct {
	Entries    int // transactions, tombstones included
	Slots      int // entries at the most so far: the slab never shrinks
	SlabBytes  int // of the slab, slots that are free included
	IndexBytes int // of the index of server transactions
}

// EntrySize is what one transaction takes in the slab, in bytes.
const EntrySize = int(unsafe.Sizeof(entry{}))

// Size returns what t takes now.
func (t *Table) Size() Size {
	slots := len(t.index.cur.slot) + len(t.index.old.slot)
	return Size{
		Entries:    t.slab.live,
		Slots:      int(t.slab.used),
		SlabBytes:  len(t.slab.chunks) * chunkSize * EntrySize,
		IndexBytes: slots * (int(unsafe.Sizeof(slot{})) + 1), // and its tag
	}
}
