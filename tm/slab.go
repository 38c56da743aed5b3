package tm

import "github.com/fastsips/fastsips/timer"

// entry is one transaction. It has no pointers, so the collector never looks
// inside the slab, and it is all that is left of a transaction that only
// absorbs what is late.
type entry struct {
	key        Key    // server: what it is found by; zero: not in the index
	cancel     ID     // INVITE client: the transaction of its CANCEL
	retransmit timer.Handle
	limit      timer.Handle
	machine    machine

	retransmitTimer Event // which one retransmit is; NoEvent: not running
	limitTimer      Event

	generation uint32 // of the transaction that is, or last was, in this slot
	next       uint32 // free list: the next free slot plus one
}

const (
	chunkBits = 10
	chunkSize = 1 << chunkBits

	indexBits  = 28 // what a timer reference has room for
	maxEntries = 1 << indexBits
)

// slab holds the entries in chunks, so that growing copies nothing and no entry
// moves. It never shrinks.
type slab struct {
	chunks []*[chunkSize]entry
	used   uint32 // slots that were ever taken
	free   uint32 // the last freed slot plus one; zero: none
	live   int
}

func (s *slab) at(index uint32) *entry { return &s.chunks[index>>chunkBits][index%chunkSize] }

// get returns the entry that id names or last named: it may be Terminated.
func (s *slab) get(id ID) *entry {
	if id.Index() >= s.used {
		return nil
	}
	if e := s.at(id.Index()); e.generation == id.generation() {
		return e
	}
	return nil
}

// alive returns the entry of a transaction that has not ended, else nil.
func (s *slab) alive(id ID) *entry {
	if e := s.get(id); e != nil && e.machine.state != Terminated {
		return e
	}
	return nil
}

// take finds a slot for a new transaction. The slot's generation changes only
// here, so that a transaction that has just ended can still be looked at.
func (s *slab) take() (ID, *entry) {
	index := s.free - 1
	if s.free == 0 {
		index = s.grow()
	}
	e := s.at(index)
	s.free = e.next
	generation := e.generation + 1
	if generation == 0 { // wrapped: zero would make {0, 0} an ID
		generation = 1
	}
	*e = entry{generation: generation}
	s.live++
	return makeID(generation, index), e
}

// grow takes a slot that was never used.
func (s *slab) grow() uint32 {
	if s.used == maxEntries {
		panic("BUG: more transactions than a timer reference can name")
	}
	if s.used%chunkSize == 0 {
		s.chunks = append(s.chunks, new([chunkSize]entry))
	}
	s.used++
	return s.used - 1
}

// give puts a slot back. The entry stays readable until it is taken again.
func (s *slab) give(index uint32) {
	s.at(index).next = s.free
	s.free = index + 1
	s.live--
}
