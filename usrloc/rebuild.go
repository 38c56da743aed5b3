package usrloc

// claim takes one of the places that may be used; false: all are.
func (g *segment) claim() bool {
	if g.used.Add(1) <= maxUsed(g.n) {
		return true
	}
	g.used.Add(-1)
	return false
}

// swapped notes what was put into x.
func (g *segment) swapped(x *place, hash uint64, old, next Record) {
	if old == nil {
		x.tag.Store(tagOf(hash))
	}
	if old.isGone() {
		g.gone.Add(-1)
	}
	if next.isGone() {
		g.gone.Add(1)
	}
}

// crowded reports that many places are kept for AoRs that have no contacts.
func (g *segment) crowded() bool { return g.gone.Load() > g.n/4+1 }

// rebuild replaces g, which a hash has led to, by a segment with room, and without what is
// gone.
func (t *table) rebuild(hash uint64, g *segment) {
	n := g.freeze()
	next, list := newSegment(placesFor(n)), g.places(g.n)
	for i := range list {
		if r, _ := thaw(list[i].Load()); r != nil && !r.isGone() {
			next.put(t.hash(r.AoR()), r)
		}
	}
	if t.at(hash).CompareAndSwap(g, next) {
		t.size(hash).Store(next.n)
	}
}

// freeze makes g unchangeable, and returns how many records it has that are not gone.
func (g *segment) freeze() (n int) {
	list, spare := g.places(g.n), make([]frozen, g.n)
	for i := range list {
		if r := list[i].freeze(&spare[i]); r != nil && !r.isGone() {
			n++
		}
	}
	return n
}

func (x *place) freeze(f *frozen) Record {
	for {
		p := x.Load()
		r, isFrozen := thaw(p)
		if isFrozen {
			return r
		}
		if f.kind, f.was = kindFrozen, p; p == nil {
			f = frozenEmpty
		}
		if x.CompareAndSwap(p, f.pointer()) {
			return r
		}
	}
}

// put adds r to a segment that nobody else knows yet.
func (g *segment) put(hash uint64, r Record) {
	x, _ := g.find(g.n, hash, r.AoR())
	x.Store(r.pointer())
	x.tag.Store(tagOf(hash))
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
	tag, list := tagOf(hash), g.places(g.n)
	for i := first(hash, len(list)); ; i++ {
		if i == len(list) {
			i = 0
		}
		if other := list[i].tag.Load(); other != tag && other != 0 {
			continue
		}
		r, _ := thaw(list[i].Load())
		if r == nil {
			return
		}
		if r.armed() == second && t.hash(r.AoR())&hashPart == hash&hashPart {
			f(r)
		}
	}
}
