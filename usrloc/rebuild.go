package usrloc

import "sync/atomic"

// claim takes one of the slots that may be used; false: all are.
func (g *segment) claim() bool {
	if g.used.Add(1) <= maxUsed(len(g.slots)) {
		return true
	}
	g.used.Add(-1)
	return false
}

// swapped notes what was put into slot i.
func (g *segment) swapped(i int, hash uint64, old, next Record) {
	if old == nil {
		g.tags[i].Store(tagOf(hash))
	}
	if old.isGone() {
		g.gone.Add(-1)
	}
	if next.isGone() {
		g.gone.Add(1)
	}
}

// crowded reports that many slots are kept for AoRs that have no contacts.
func (g *segment) crowded() bool { return int(g.gone.Load()) > len(g.slots)/4+1 }

// rebuild replaces g, which hangs in at, by a segment with room, and without what is gone.
func (t *table) rebuild(at *atomic.Pointer[segment], g *segment) {
	n := g.freeze()
	next := newSegment(slotsFor(n))
	for i := range g.slots {
		if r, _ := thaw(g.slots[i].Load()); r != nil && !r.isGone() {
			next.put(t.hash(r.AoR()), r)
		}
	}
	at.CompareAndSwap(g, next)
}

// freeze makes g unchangeable, and returns how many records it has that are not gone.
func (g *segment) freeze() (n int) {
	list := make([]frozen, len(g.slots))
	for i := range g.slots {
		if r := g.freezeSlot(i, &list[i]); r != nil && !r.isGone() {
			n++
		}
	}
	return n
}

func (g *segment) freezeSlot(i int, f *frozen) Record {
	for {
		p := g.slots[i].Load()
		r, isFrozen := thaw(p)
		if isFrozen {
			return r
		}
		if f.kind, f.was = kindFrozen, p; p == nil {
			f = frozenEmpty
		}
		if g.slots[i].CompareAndSwap(p, f.pointer()) {
			return r
		}
	}
}

// put adds r to a segment that nobody else knows yet.
func (g *segment) put(hash uint64, r Record) {
	i, _ := g.find(hash, r.AoR())
	g.slots[i].Store(r.pointer())
	g.tags[i].Store(tagOf(hash))
	g.used.Add(1)
}

// each calls f with the records of the first segment with any from number i on, and returns
// the number of the next one; after the last that is 0. It looks at a bounded number of them.
func (t *table) each(i int, f func(Record)) (next int) {
	for end := min(i+1024, len(t.segments)); i < end; {
		g := t.segments[i].Load()
		if i++; g == nil || g.used.Load() == 0 {
			continue
		}
		g.each(f)
		break
	}
	if i == len(t.segments) {
		return 0
	}
	return i
}

// armedFor calls f with the records that have that hash, but for its lowest byte, and wait in
// a wheel for that second.
func (t *table) armedFor(hash uint64, second uint32, f func(Record)) {
	g := t.at(hash).Load()
	if g == nil {
		return
	}
	tag := tagOf(hash)
	for i := g.first(hash); ; i++ {
		if i == len(g.slots) {
			i = 0
		}
		if other := g.tags[i].Load(); other != tag && other != 0 {
			continue
		}
		r, _ := thaw(g.slots[i].Load())
		if r == nil {
			return
		}
		if r.armed() == second && t.hash(r.AoR())&hashPart == hash&hashPart {
			f(r)
		}
	}
}
