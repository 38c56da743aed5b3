package tm

// index finds live server transactions by key. It is a hash table with open
// addressing and linear probing, whose deletions shift back what follows, so it
// has no pointers and no tombstones.
//
// It grows without a pause: the old slots are emptied into the new ones a few at
// a time, by the insertions and deletions that follow.
type index struct {
	cur, old slots
	moved    uint32 // the slots of old before this one are empty
}

// movesPerStep empties the old slots long before the new ones, twice as many,
// are full in their turn.
const movesPerStep = 8

const minSlots = 1024

// slots is a power of two of slots, at most three quarters of them full. The tags, a byte
// of each slot's hash, stand together: a search that finds nothing, as that of most
// requests, commonly looks at one line of memory there, which is small enough to be in a
// cache when the slots of half a minute of calls are in none.
type slots struct {
	tag  []uint8 // zero: the slot is empty
	slot []slot
	mask uint32
	n    int
}

type slot struct {
	hash  uint32
	entry uint32 // the transaction's index
}

// tagOf takes other bits than those that say where a search begins.
func tagOf(hash uint32) uint8 { return uint8(hash>>24) | 1 }

func makeSlots(n int) slots {
	return slots{tag: make([]uint8, n), slot: make([]slot, n), mask: uint32(n - 1)}
}

// find returns the index of the live transaction with this key.
func (x *index) find(k Key, s *slab) (uint32, bool) {
	if at, ok := x.cur.find(k, s); ok {
		return x.cur.slot[at].entry, true
	}
	if at, ok := x.old.find(k, s); ok {
		return x.old.slot[at].entry, true
	}
	return 0, false
}

// put adds a key that is not in the index.
func (x *index) put(k Key, entry uint32) {
	x.move(movesPerStep)
	if n := x.cur.n + x.old.n + 1; 4*n > 3*len(x.cur.slot) {
		x.grow()
	}
	x.cur.insert(slot{k.hash(), entry})
}

// remove takes a key out again.
func (x *index) remove(k Key, s *slab) {
	if at, ok := x.cur.find(k, s); ok {
		x.cur.remove(at)
	} else if at, ok := x.old.find(k, s); ok {
		x.old.remove(at)
	}
	x.move(movesPerStep)
}

func (x *index) grow() {
	if x.old.n > 0 {
		panic("BUG: the index grows while it still grows")
	}
	n := max(minSlots, 2*len(x.cur.slot))
	x.old, x.moved = x.cur, 0
	x.cur = makeSlots(n)
}

// move brings up to n entries over from the old slots, and looks at no more
// than 4n slots to find them. The slots before x.moved stay empty: a deletion
// fills its gap only with what follows without another gap.
func (x *index) move(n int) {
	for looks := 4 * n; n > 0 && x.old.n > 0 && looks > 0; looks-- {
		at := x.moved
		if x.old.tag[at] == 0 {
			x.moved++
			continue
		}
		x.cur.insert(x.old.slot[at])
		x.old.remove(at)
		n--
	}
	if x.old.n == 0 {
		x.old = slots{}
	}
}

func (s *slots) find(k Key, entries *slab) (at uint32, ok bool) {
	if s.n == 0 {
		return 0, false
	}
	hash := k.hash()
	tag := tagOf(hash)
	for at = hash & s.mask; s.tag[at] != 0; at = (at + 1) & s.mask {
		if s.tag[at] == tag && s.slot[at].hash == hash && entries.at(s.slot[at].entry).key == k {
			return at, true
		}
	}
	return 0, false
}

func (s *slots) insert(x slot) {
	at := x.hash & s.mask
	for s.tag[at] != 0 {
		at = (at + 1) & s.mask
	}
	s.tag[at], s.slot[at] = tagOf(x.hash), x
	s.n++
}

// remove empties a slot and closes the gap: whatever follows without a gap, and
// does not stand before its own place by that, moves back into it.
func (s *slots) remove(gap uint32) {
	for at := (gap + 1) & s.mask; s.tag[at] != 0; at = (at + 1) & s.mask {
		home := s.slot[at].hash & s.mask
		if (at-home)&s.mask >= (at-gap)&s.mask {
			s.tag[gap], s.slot[gap] = s.tag[at], s.slot[at]
			gap = at
		}
	}
	s.tag[gap] = 0
	s.n--
}
