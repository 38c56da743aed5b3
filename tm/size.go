package tm

import "unsafe"

// A Size is what a Table takes.
type Size struct {
	Entries int // transactions, tombstones included
	Slots   int // entries at the most so far: the slab never shrinks
	Bytes   int // of the slab and the index
}

// EntrySize is what one transaction takes in the slab, in bytes.
const EntrySize = int(unsafe.Sizeof(entry{}))

// Size returns what t takes now.
func (t *Table) Size() Size {
	slots := len(t.index.cur.slot) + len(t.index.old.slot)
	return Size{
		Entries: t.slab.live,
		Slots:   int(t.slab.used),
		Bytes:   len(t.slab.chunks)*chunkSize*EntrySize + slots*int(unsafe.Sizeof(slot{})),
	}
}
