// Package timer is a hierarchical timer wheel that its caller drives.
//
// A [Wheel] never reads a clock and never starts a goroutine: an event loop owns
// one and calls [Wheel.Advance] with the time. Times are nanoseconds of any clock
// that does not go back. A timer is a value in a slab without pointers, so a
// million of them are nothing to the garbage collector, and arming one allocates
// only when more timers run than ever before.
//
// The wheel counts ticks of 1 ms and rounds up: a timer never fires early, and
// fires in the first Advance that is a tick or more past its time. It refuses to
// know what fires: that is a [Kind] and a reference, both the caller's.
package timer

import (
	"math"
	"math/bits"
	"time"
)

// A Kind says what a timer is for; the caller dispatches on it.
type Kind uint8

// A Handle names an armed timer; 0 names none. A Handle that has fired or was
// stopped is stale, and stays harmless: its generation is gone.
type Handle uint64

// tick is the resolution of a Wheel in nanoseconds.
const tick = int64(time.Millisecond)

// Eight levels of 64 slots span 2^48 ticks: every int64 of nanoseconds.
const (
	slotBits = 6
	slots    = 1 << slotBits
	levels   = 8
	dueList  = levels * slots // armed for the past, fire in the next Advance
	nowList  = dueList + 1    // the due ones that this Advance fires
	nLists   = nowList + 1
)

// A node is an armed timer, a free one (linked by next) or, below nLists, the
// head of a circular list.
type node struct {
	next, prev int32
	gen        uint32 // 0 only in list heads
	kind       Kind
	tick       int64 // when it is due
	ref        uint64
}

// A Wheel holds timers. It belongs to one goroutine.
//
// A timer lies on the level of the highest digit (base 64) in which its tick
// differs from now. So everything on a level is later than everything below it,
// and all of a level's occupied slots are later than the current one.
type Wheel struct {
	nodes    []node
	free     int32 // head of the free nodes, 0 if none
	armed    int
	now      int64          // the tick that was reached
	levels   uint8          // bit k: level k holds timers
	occupied [levels]uint64 // bit s of level k: the slot's list is not empty
	lines    []*Line
	spare    *lineChunk // free chunks of the lines
	chunks   int        // that there are
}

// New returns an empty wheel at the time now.
func New(now int64) *Wheel {
	w := &Wheel{nodes: make([]node, nLists, 2*nLists), now: floorTick(now)}
	for i := range w.nodes {
		w.nodes[i].next, w.nodes[i].prev = int32(i), int32(i)
	}
	return w
}

// Len returns the number of armed timers.
func (w *Wheel) Len() int { return w.armed }

// Arm lets k and ref fire at the time at, or in the next Advance if that is past.
func (w *Wheel) Arm(at int64, k Kind, ref uint64) Handle {
	i := w.take()
	n := &w.nodes[i]
	n.kind, n.ref, n.tick = k, ref, ceilTick(at)
	w.armed++
	if n.tick <= w.now {
		w.link(dueList, i)
	} else {
		w.place(i)
	}
	return Handle(uint64(w.nodes[i].gen)<<32 | uint64(uint32(i)))
}

// Stop disarms h. It reports false if h is 0, has fired or was stopped before.
func (w *Wheel) Stop(h Handle) bool {
	i, gen := uint64(uint32(h)), uint32(h>>32)
	if gen == 0 || i >= uint64(len(w.nodes)) || w.nodes[i].gen != gen {
		return false
	}
	w.unlink(int32(i))
	w.give(int32(i))
	return true
}

// Next returns the time at which Advance has something to do. That may be less
// than the earliest timer's time (some have to move down a level) but is never
// more; it may be past.
func (w *Wheel) Next() (at int64, ok bool) {
	if w.nodes[dueList].next != dueList || w.nodes[nowList].next != nowList {
		return w.now * tick, true
	}
	_, at = w.soonest()
	if w.levels != 0 {
		start, _, _ := w.earliest()
		at = min(at, start)
	}
	if at == math.MaxInt64 {
		return 0, false
	}
	return at * tick, true
}

// Advance moves to the time now and fires what is due: first what was armed for
// the past, then by tick; within a tick in the order of arming, but for those of lines, which
// come last. Fire may Arm and Stop, but not Advance; what it arms for the past waits
// for the next Advance.
func (w *Wheel) Advance(now int64, fire func(k Kind, ref uint64)) {
	w.splice(dueList, nowList)
	w.fireAll(nowList, fire)
	to := floorTick(now)
	for w.step(to, fire) {
	}
	w.now = max(w.now, to)
}

// step does what comes first, if that is not after tick to.
func (w *Wheel) step(to int64, fire func(k Kind, ref uint64)) bool {
	line, at := w.soonest()
	if w.levels != 0 {
		if start, level, slot := w.earliest(); start <= at {
			if start > to {
				return false
			}
			w.now = start
			if level == 0 {
				w.fireAll(slot, fire)
			} else {
				w.cascade(slot)
			}
			return true
		}
	}
	if at > to {
		return false
	}
	w.now = at
	line.fire(at, fire)
	return true
}

// earliest returns the first occupied slot's list, its level and its first tick.
func (w *Wheel) earliest() (start int64, level int, list int32) {
	level = bits.TrailingZeros8(w.levels)
	slot := bits.TrailingZeros64(w.occupied[level])
	shift := slotBits * level
	start = w.now>>(shift+slotBits)<<(shift+slotBits) | int64(slot)<<shift
	return start, level, int32(level*slots + slot)
}

// fireAll empties a list. A fired timer is free before its function runs.
func (w *Wheel) fireAll(list int32, fire func(k Kind, ref uint64)) {
	for i := w.nodes[list].next; i != list; i = w.nodes[list].next {
		k, ref := w.nodes[i].kind, w.nodes[i].ref
		w.unlink(i)
		w.give(i)
		fire(k, ref)
	}
}

// cascade moves the timers of a slot that has been reached to lower levels. The
// order stays: nobody could be put there before the slot was reached.
func (w *Wheel) cascade(list int32) {
	for i := w.nodes[list].next; i != list; i = w.nodes[list].next {
		w.unlink(i)
		w.place(i)
	}
}

// place links i where its tick, which is not past, belongs.
func (w *Wheel) place(i int32) {
	t := w.nodes[i].tick
	level := 0
	if d := uint64(t ^ w.now); d != 0 {
		level = (bits.Len64(d) - 1) / slotBits
	}
	slot := t >> (slotBits * level) & (slots - 1)
	w.levels |= 1 << level
	w.occupied[level] |= 1 << slot
	w.link(int32(level*slots)+int32(slot), i)
}

// link appends i to a list.
func (w *Wheel) link(list, i int32) {
	last := w.nodes[list].prev
	w.nodes[i].next, w.nodes[i].prev = list, last
	w.nodes[last].next, w.nodes[list].prev = i, i
}

// unlink takes i out of its list and notes if that is the end of a slot.
func (w *Wheel) unlink(i int32) {
	next, prev := w.nodes[i].next, w.nodes[i].prev
	w.nodes[prev].next, w.nodes[next].prev = next, prev
	if next != prev || next >= dueList {
		return
	}
	level := next >> slotBits
	if w.occupied[level] &^= 1 << (next & (slots - 1)); w.occupied[level] == 0 {
		w.levels &^= 1 << level
	}
}

// splice moves all of one list to the end of another.
func (w *Wheel) splice(from, to int32) {
	for i := w.nodes[from].next; i != from; i = w.nodes[from].next {
		w.unlink(i)
		w.link(to, i)
	}
}

// take returns a node that is free; the slab doubles when there is none.
func (w *Wheel) take() int32 {
	i := w.free
	if i != 0 {
		w.free = w.nodes[i].next
		return i
	}
	if len(w.nodes) == cap(w.nodes) {
		bigger := make([]node, len(w.nodes), 2*cap(w.nodes))
		copy(bigger, w.nodes)
		w.nodes = bigger
	}
	w.nodes = append(w.nodes, node{gen: 1})
	return int32(len(w.nodes) - 1)
}

// give frees i. Its next Handle differs from all of the last 2^32 - 1.
func (w *Wheel) give(i int32) {
	n := &w.nodes[i]
	if n.gen++; n.gen == 0 {
		n.gen = 1
	}
	n.next, w.free = w.free, i
	w.armed--
}

// ceilTick is the first tick at or after a time. Times before 0 are past anyway,
// and the last millisecond of an int64 has no tick at its end.
func ceilTick(at int64) int64 {
	if at <= 0 {
		return 0
	}
	return min((at-1)/tick+1, math.MaxInt64/tick)
}

// floorTick is the last tick at or before a time.
func floorTick(at int64) int64 { return max(at, 0) / tick }
