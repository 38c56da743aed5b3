package memory

import "strconv"

// A Cursor says how far a scan has come. Zero is the beginning.
type Cursor struct {
	hash uint64 // of the first key that was not looked at
	over bool
}

// Over reports that the scan has come to the end.
func (c Cursor) Over() bool { return c.over }

// An Item is a key with its value, as a scan shows it.
type Item struct {
	Key     []byte
	Value   []byte // valid until the next
	Expires int64  // 0: never
}

// Scan shows the keys of the next leaves, at most that many, and returns where to go on.
// What is changed meanwhile may be shown or not; a key that stays is shown once.
func (t *Table) Scan(now int64, from Cursor, leaves int, show func(Item)) Cursor {
	var digits [20]byte
	return t.walk(from, leaves, func(p place) bool {
		for i := range p.leaf.count() {
			e := p.leaf.entries[i]
			if !e.live(now) {
				continue
			}
			v := e.value()
			if e.numeric {
				v = strconv.AppendInt(digits[:0], e.number.Load(), 10)
			}
			show(Item{Key: e.text[:e.key], Value: v, Expires: e.expires})
		}
		return true
	})
}

// Prune takes out of the next leaves, at most that many, what is over or what drop says of
// a key that is not (nil: nothing). It returns where to go on, how many keys were taken
// out, and whether there are others whose time will be over.
func (t *Table) Prune(now int64, from Cursor, leaves int, drop func(key []byte) bool) (next Cursor, gone int, more bool) {
	next = t.walk(from, leaves, func(p place) bool {
		left := p.leaf.keep(func(e *entry) bool {
			stays := e.live(now) && (drop == nil || !drop(e.text[:e.key]))
			more = more || stays && e.expires != 0
			return stays
		})
		if left != p.leaf && !t.swap(p, left) {
			return false
		}
		gone += p.leaf.count() - left.count()
		return true
	})
	return next, gone, more
}

// walk shows the places of the next leaves in the order of hashes; one that show returns
// false for is shown again.
func (t *Table) walk(from Cursor, leaves int, show func(place) bool) Cursor {
	for range leaves {
		if from.over {
			break
		}
		p := t.find(from.hash)
		if p.leaf != nil && !show(p) {
			continue
		}
		last := from.hash | (1<<p.shift - 1)
		from.hash, from.over = last+1, last == 1<<64-1
	}
	return from
}
