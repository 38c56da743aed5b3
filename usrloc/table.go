package usrloc

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"
	"unsafe"
)

// A table maps AoRs to records, for all loops and without locks. The first bits of an
// AoR's hash choose one of many segments, and a segment is a small table of its own in
// which a record lies in the first free place from where its hash points to. That place
// stays the AoR's for as long as the segment lasts: a change puts another record there by
// compare-and-swap, and when the last contact goes something is left that says so.
//
// A segment that is full, or has many of those, is replaced as a whole: first each of its
// places is frozen, so that nobody can change it any more, then a new segment is made of
// what is there and takes its place. Whoever comes upon a frozen place does the same work,
// and one of them wins; readers read on.
type table struct {
	seed     maphash.Seed
	shift    uint
	segments []atomic.Pointer[segment]
	sizes    []atomic.Int32 // of the segments, as they were lately: see places
}

// tableBits makes so many segments that one of them is gone through at a time even with
// ten million records.
const tableBits = 14

func newTable(bits uint) *table {
	bits = min(max(bits, tableBits), 20)
	return &table{seed: maphash.MakeSeed(), shift: 64 - bits, segments: make([]atomic.Pointer[segment], 1<<bits), sizes: make([]atomic.Int32, 1<<bits)}
}

func (t *table) hash(aor []byte) uint64 { return maphash.Bytes(t.seed, aor) }

// Of a hash, the lowest byte chooses nothing: entries of wheels have the domain there.
const hashPart = ^uint64(0xff)

// A segment has its records in places. It is one piece of memory, a head and the places, so
// that a look-up comes to few cache lines.
type segment struct {
	_    [2]slot      // of what is a place for the collector
	n    int32        // places
	used atomic.Int32 // of these, by an AoR each
	gone atomic.Int32 // of these, by AoRs without contacts
	_    int32
}

// A place has a record. The tag says which hashes that may have, without looking at it; 0: it
// was not written yet.
type place struct {
	slot
	tag atomic.Uint32
}

// A slot is where the first byte of a record is, or of a frozen.
type slot = atomic.Pointer[byte]

// headPlaces is how many places a head takes.
const headPlaces = int(unsafe.Sizeof(segment{}) / unsafe.Sizeof(place{}))

func newSegment(places int) *segment {
	g := (*segment)(unsafe.Pointer(unsafe.SliceData(make([]place, headPlaces+places))))
	g.n = int32(places)
	return g
}

// places are all of g's, whose size is probably likely: the processor goes on with that, and
// need not wait until the head has come from memory.
func (g *segment) places(likely int32) []place {
	n := likely
	if g.n != likely {
		n = g.n
	}
	return unsafe.Slice((*place)(unsafe.Add(unsafe.Pointer(g), unsafe.Sizeof(*g))), int(n))
}

// A frozen stands in a slot for what was there.
type frozen struct {
	kind byte
	was  *byte
}

var frozenEmpty = &frozen{kind: kindFrozen}

func (f *frozen) pointer() *byte { return &f.kind }

// minPlaces is the size of the smallest segment, and maxUsed how much of one is used at most.
const minPlaces = 8

func maxUsed(places int32) int32 { return places * 3 / 4 }

// placesFor is the size of a new segment for n records: 8, 12, 16, 24, 32 and so on.
func placesFor(n int) int {
	for size := minPlaces; ; size *= 2 {
		for _, places := range [...]int{size, size * 3 / 2} {
			if n <= places*3/5 {
				return places
			}
		}
	}
}

func tagOf(hash uint64) uint32 { return uint32(hash>>28) | 1 }

// first is the place where the search for a hash begins.
func first(hash uint64, places int) int { return int(uint64(uint32(hash>>8)) * uint64(places) >> 32) }

// thaw returns the record behind p, nil if there is none, and whether it is frozen.
func thaw(p *byte) (r Record, isFrozen bool) {
	if p != nil && *p == kindFrozen {
		p, isFrozen = (*frozen)(unsafe.Pointer(p)).was, true
	}
	if p == nil {
		return nil, isFrozen
	}
	n := *(*uint32)(unsafe.Add(unsafe.Pointer(p), atLen))
	return unsafe.Slice(p, int(n)), isFrozen
}

// pointer is what a slot has for r.
func (r Record) pointer() *byte { return unsafe.SliceData(r) }

func (r Record) isGone() bool { return r != nil && r[atKind] == kindGone }

// find returns the place of an AoR, or the one where it would be, and what is in it.
func (g *segment) find(likely int32, hash uint64, aor []byte) (x *place, p *byte) {
	tag, list := tagOf(hash), g.places(likely)
	for i := first(hash, len(list)); ; i++ {
		if i == len(list) {
			i = 0
		}
		x = &list[i]
		if other := x.tag.Load(); other != tag && other != 0 {
			continue
		}
		p = x.Load()
		if r, _ := thaw(p); r == nil || bytes.Equal(r.AoR(), aor) {
			return x, p
		}
	}
}

func (t *table) at(hash uint64) *atomic.Pointer[segment] { return &t.segments[hash>>t.shift] }

// size is what is noted of the size of that segment. It may be another one's for a moment.
func (t *table) size(hash uint64) *atomic.Int32 { return &t.sizes[hash>>t.shift] }

// get returns the record of an AoR: nil, or perhaps one that says it is gone.
func (t *table) get(hash uint64, aor []byte) Record {
	g := t.at(hash).Load()
	if g == nil {
		return nil
	}
	_, p := g.find(t.size(hash).Load(), hash, aor)
	r, _ := thaw(p)
	return r
}

// swap puts next, which is not nil, in the place of old; nil: of nothing. False: something
// else is there.
func (t *table) swap(hash uint64, old, next Record) bool {
	for at := t.at(hash); ; {
		g := at.Load()
		if g == nil {
			if at.CompareAndSwap(nil, newSegment(minPlaces)) {
				t.size(hash).Store(minPlaces)
			}
			continue
		}
		x, p := g.find(t.size(hash).Load(), hash, next.AoR())
		r, isFrozen := thaw(p)
		switch {
		case isFrozen:
			t.rebuild(hash, g)
		case r.pointer() != old.pointer():
			return false
		case r == nil && !g.claim():
			t.rebuild(hash, g)
		case x.CompareAndSwap(p, next.pointer()):
			g.swapped(x, hash, old, next)
			if g.crowded() {
				t.rebuild(hash, g)
			}
			return true
		case r == nil:
			g.used.Add(-1)
		}
	}
}
