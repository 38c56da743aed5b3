package sipparse

// Edits are the changes to a message that are made when it is written: a script's
// lumps, the proxy's own Via, Request-URI, Max-Forwards. Positions are offsets
// into the message as it was received; nothing is changed there. The zero Edits is
// ready; after Reset it is used again without allocating.
//
// Changes apply by offset, and at the same offset in the order they were made, but
// for Puts of an empty span, which go first, and what wraps the body, which goes last.
// Where they overlap:
//   - what any Delete covers is gone, also if another edit writes there;
//   - a Replace that overlaps one made before is not made; one that overlaps a
//     Delete or a Put, made before or after it, does nothing;
//   - of the Puts of one span the last counts; under a Delete none does;
//   - an Insert strictly inside a Delete or an effective Replace or Put goes with
//     it; at either end it stays.
type Edits struct {
	list  []edit // by place, then by time
	arena []byte // the texts
	made  uint32 // edits made so far
	under *Edits // see Over
}

// An edit replaces [off, end) with a text; an Insert has off == end. A Delete has
// no text.
type edit struct {
	off, end uint32
	text     Span   // into the arena
	time     uint32 // counts up
	owner    uint32 // of a PutBehind: 1 + where the span begins; otherwise 0
	del, put bool
	fill     bool // a Replace of nothing
	wrap     bool // a PutBehind that goes behind all others there: see AppendPart
}

func (x *edit) replaces() bool { return !x.del && !x.put && x.end > x.off }
func (x *edit) inserts() bool  { return x.end == x.off }

// place orders edits by offset; a Put of an empty span goes before others, a wrap last.
func (x *edit) place() uint64 {
	rank := uint64(1)
	switch {
	case x.wrap:
		rank = 2
	case x.put && x.inserts() && x.owner == 0:
		rank = 0
	}
	return uint64(x.off)<<2 | rank
}

// An EditMark is a moment in the life of Edits.
type EditMark struct{ made, arena uint32 }

// What Reset keeps at most: one giant must not be remembered for ever.
const (
	maxKeptEdits = 256
	maxKeptText  = 16 << 10
)

// Reset forgets all edits.
func (e *Edits) Reset() {
	e.list, e.arena, e.made, e.under = e.list[:0], e.arena[:0], 0, nil
	if cap(e.list) > maxKeptEdits || cap(e.arena) > maxKeptText {
		e.list, e.arena = nil, nil
	}
}

// Len returns the number of edits.
func (e *Edits) Len() int { return len(e.list) }

// Size returns how many bytes the texts of all edits take, for whoever bounds them.
func (e *Edits) Size() int { return len(e.arena) }

// Mark returns the present moment, for Truncate.
func (e *Edits) Mark() EditMark { return EditMark{e.made, uint32(len(e.arena))} }

// Truncate takes back all edits made since the mark. Marks taken since are void.
func (e *Edits) Truncate(to EditMark) {
	keep := e.list[:0]
	for _, x := range e.list {
		if x.time < to.made {
			keep = append(keep, x)
		}
	}
	e.list = keep
	e.arena = e.arena[:to.arena]
	e.made = to.made
}

// Delete removes the bytes of s.
func (e *Edits) Delete(s Span) {
	if s.Len() > 0 {
		e.add(&edit{off: s.Off, end: s.End, del: true}, nil)
	}
}

// Insert writes text before the byte at offset at. Text is copied.
func (e *Edits) Insert(at uint32, text []byte) {
	if len(text) > 0 {
		e.add(&edit{off: at, end: at}, text)
	}
}

// Replace writes text instead of the bytes of s. Text is copied. The first Replace
// of a byte counts: one that overlaps it is not made. S may be empty: then it is as an
// Insert, of which the first counts.
func (e *Edits) Replace(s Span, text []byte) {
	if s.Len() == 0 {
		e.add(&edit{off: s.Off, end: s.Off, fill: true}, text)
		return
	}
	for i := range e.list {
		if x := &e.list[i]; x.replaces() && x.off < s.End && x.end > s.Off {
			return
		}
	}
	e.add(&edit{off: s.Off, end: s.End}, text)
}

// add makes the edit x with that text.
func (e *Edits) add(x *edit, text []byte) {
	from := len(e.arena)
	e.arena = append(e.arena, text...)
	e.enlist(x, from)
}

// addJoined is add of a text in pieces.
func (e *Edits) addJoined(x *edit, text ...[]byte) {
	from := len(e.arena)
	for _, piece := range text {
		e.arena = append(e.arena, piece...)
	}
	e.enlist(x, from)
}

// enlist puts x, whose text is in the arena from there on, in its place.
func (e *Edits) enlist(x *edit, from int) {
	x.text = span(from, len(e.arena))
	x.time = e.made
	e.made++
	e.list = append(e.list, *x)
	i, place := len(e.list)-1, x.place()
	for ; i > 0 && e.list[i-1].place() > place; i-- {
		e.list[i] = e.list[i-1]
	}
	e.list[i] = *x
}

// A deleter is deletes for spans in order: together they cost one walk over the edits.
type deleter struct {
	lists [2][]edit
	ends  [2]uint32 // of the Deletes so far, the furthest
}

func (e *Edits) deleter() deleter {
	d := deleter{lists: [2][]edit{e.list}}
	if e.under != nil {
		d.lists[1] = e.under.list
	}
	return d
}

func (d *deleter) covers(s Span) bool {
	for i := range d.lists {
		l := d.lists[i]
		for len(l) > 0 && l[0].off <= s.Off {
			if l[0].del {
				d.ends[i] = max(d.ends[i], l[0].end)
			}
			l = l[1:]
		}
		d.lists[i] = l
	}
	return d.ends[0] >= s.End || d.ends[1] >= s.End
}

// deletes reports whether one Delete, of e or of what is under e, covers all of s.
func (e *Edits) deletes(s Span) bool {
	for _, x := range e.list {
		if x.del && x.off <= s.Off && x.end >= s.End {
			return true
		}
	}
	return e.under != nil && e.under.deletes(s)
}
