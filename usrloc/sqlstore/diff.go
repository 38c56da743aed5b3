package sqlstore

import (
	"bytes"

	"github.com/fastsips/fastsips/usrloc"
)

// differences appends what has to be written when next takes old's place: contacts whose
// rows are new or different, and IDs of rows that are to go.
func differences(old, next usrloc.Record, put []usrloc.Contact, gone []uint64) ([]usrloc.Contact, []uint64) {
	var d diff
	d.reset(old, next)
	for i := range d.next {
		if c := &d.next[i]; d.differs(i) && c.Flags&memoryOnly == 0 {
			put = append(put, *c)
		}
	}
	for i := range d.old {
		if d.find(d.next, d.old[i].ID, i) < 0 {
			gone = append(gone, d.old[i].ID)
		}
	}
	return put, gone
}

// A diff compares two records of an AoR.
type diff struct {
	old, next               []usrloc.Contact
	oldKeeper, keeper       uint64
	storeDiffers, hasKeeper bool
}

func (d *diff) reset(old, next usrloc.Record) {
	d.old, d.next = list(old, d.old[:0]), list(next, d.next[:0])
	d.oldKeeper, d.keeper = keeperOf(old), keeperOf(next)
	d.storeDiffers = d.oldKeeper != d.keeper || !bytes.Equal(old.KV(), next.KV())
}

func list(r usrloc.Record, to []usrloc.Contact) []usrloc.Contact {
	var c usrloc.Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		to = append(to, c)
	}
	return to
}

// keeperOf is the ID of the contact whose row keeps the AoR's own key-value store: the
// lowest. 0: there is nothing to keep.
func keeperOf(r usrloc.Record) (id uint64) {
	if len(r.KV()) == 0 {
		return 0
	}
	var c usrloc.Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		if id == 0 || c.ID < id {
			id = c.ID
		}
	}
	return id
}

// find returns the place of an ID in a list; near is where it may well be. -1: it is not
// there.
func (d *diff) find(in []usrloc.Contact, id uint64, near int) int {
	for i := range in {
		at := (near + i) % len(in)
		if in[at].ID == id {
			return at
		}
	}
	return -1
}

// differs reports whether the row of d.next[i] is not as it was.
func (d *diff) differs(i int) bool {
	c := &d.next[i]
	at := d.find(d.old, c.ID, i)
	return at < 0 || !sameRow(&d.old[at], c) || d.storeDiffers && (c.ID == d.keeper || c.ID == d.oldKeeper)
}

// touched appends the IDs of rows that are not as they were, or that are to go.
func (d *diff) touched(ids []uint64) []uint64 {
	for i := range d.next {
		if d.differs(i) {
			ids = append(ids, d.next[i].ID)
		}
	}
	for i := range d.old {
		if id := d.old[i].ID; d.find(d.next, id, i) < 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// sameRow reports whether two contacts make the same row: latencies and connections are not
// kept.
func sameRow(a, b *usrloc.Contact) bool {
	return a.Expires == b.Expires && a.LastModified == b.LastModified && a.CSeq == b.CSeq && a.Q == b.Q && a.RegID == b.RegID &&
		a.Methods == b.Methods && a.Flags == b.Flags && a.BranchFlags == b.BranchFlags && a.RefreshAt == b.RefreshAt &&
		bytes.Equal(a.URI, b.URI) && bytes.Equal(a.CallID, b.CallID) && bytes.Equal(a.Socket, b.Socket) && bytes.Equal(a.UserAgent, b.UserAgent) &&
		bytes.Equal(a.Received, b.Received) && bytes.Equal(a.Path, b.Path) && bytes.Equal(a.Instance, b.Instance) &&
		bytes.Equal(a.Attr, b.Attr) && bytes.Equal(a.KV, b.KV)
}
