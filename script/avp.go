package script

// Limits of an AVPs.
const (
	joinLimit   = 511      // bytes of $(avp(x)[*]); longer is NULL
	avpWaste    = 4 << 10  // bytes of dead text before the store is rebuilt
	avpKept     = 64 << 10 // a larger store is not kept by Reset
	avpKeptList = 1 << 10  // entries
	avpMost     = 1 << 20  // bytes of living text that a script may put in
	avpMostList = 1 << 14  // entries likewise
)

// An AVPs is the $avp list of a message or a transaction: for each name a stack,
// its newest value at index 0. It copies the strings it is given. The zero value
// is an empty list. A string it returns stays valid until Reset.
type AVPs struct {
	list []avp // oldest first
	text []byte
	dead int    // bytes of text that no entry names any more
	dyn  []span // names that no script has as a constant; number k has id ^k
}

type avp struct {
	id    int32
	kind  Kind
	saved uint8 // in a database: see Save
	n     int32
	s     span
}

type span struct{ off, end uint32 }

func (s span) len() int { return int(s.end - s.off) }

// Reset empties the list and keeps its memory for the next message.
func (a *AVPs) Reset() {
	poison(a.text)
	if cap(a.text) > avpKept || cap(a.list) > avpKeptList {
		*a = AVPs{}
		return
	}
	a.list, a.text, a.dyn, a.dead = a.list[:0], a.text[:0], a.dyn[:0], 0
}

// full reports that a script may put nothing more in: a transaction may see any number
// of replies, each of which adds something.
func (a *AVPs) full() bool { return len(a.text)-a.dead > avpMost || len(a.list) >= avpMostList }

// Len returns the number of values under all names.
func (a *AVPs) Len() int { return len(a.list) }

// Count returns the number of values named id.
func (a *AVPs) Count(id int32) int {
	n := 0
	for i := range a.list {
		if a.list[i].id == id {
			n++
		}
	}
	return n
}

// Get returns the value of id at index: 0 is the newest, -1 the oldest.
func (a *AVPs) Get(id, index int32) Value {
	if i := a.find(id, index); i >= 0 {
		return a.value(i)
	}
	return Null
}

// Push adds v as the newest value of id.
func (a *AVPs) Push(id int32, v Value) { a.list = append(a.list, a.make(id, v)) }

// Append adds v as the oldest value of id.
func (a *AVPs) Append(id int32, v Value) {
	a.list = append(a.list, avp{})
	copy(a.list[1:], a.list)
	a.list[0] = a.make(id, v)
}

// Replace puts v in the place of the value at index; false if there is none.
func (a *AVPs) Replace(id, index int32, v Value) bool {
	i := a.find(id, index)
	if i < 0 {
		return false
	}
	e := a.make(id, v)
	a.dead += a.list[i].s.len()
	a.list[i] = e
	return true
}

// Delete removes the value at index; false if there is none.
func (a *AVPs) Delete(id, index int32) bool {
	i := a.find(id, index)
	if i < 0 {
		return false
	}
	a.dead += a.list[i].s.len()
	a.list = append(a.list[:i], a.list[i+1:]...)
	return true
}

// DeleteAll removes every value of id.
func (a *AVPs) DeleteAll(id int32) {
	kept := a.list[:0]
	for _, e := range a.list {
		if e.id != id {
			kept = append(kept, e)
		} else {
			a.dead += e.s.len()
		}
	}
	a.list = kept
}

// find returns the place in list of id's value at index, or -1.
func (a *AVPs) find(id, index int32) int {
	if index < 0 {
		return a.findOldest(id, -1-index)
	}
	for i := len(a.list) - 1; i >= 0; i-- {
		if a.list[i].id == id {
			if index == 0 {
				return i
			}
			index--
		}
	}
	return -1
}

func (a *AVPs) findOldest(id, skip int32) int {
	for i := range a.list {
		if a.list[i].id == id {
			if skip == 0 {
				return i
			}
			skip--
		}
	}
	return -1
}

func (a *AVPs) value(i int) Value {
	switch e := a.list[i]; e.kind {
	case IntKind:
		return IntValue(e.n)
	case StrKind:
		return StrValue(a.text[e.s.off:e.s.end:e.s.end])
	}
	return Null
}

func (a *AVPs) make(id int32, v Value) avp {
	e := avp{id: id, kind: v.Kind, n: v.Int}
	if v.Kind == StrKind {
		e.s = a.store(v.Str)
	}
	return e
}

// store copies b into text. Text is never overwritten before Reset: what was
// read from it stays as it was.
func (a *AVPs) store(b []byte) span {
	if a.dead > avpWaste && a.dead > len(a.text)/2 {
		a.rebuild()
	}
	off := uint32(len(a.text))
	a.text = append(a.text, b...)
	return span{off, uint32(len(a.text))}
}

// rebuild moves the living text to a new store.
func (a *AVPs) rebuild() {
	text := make([]byte, 0, len(a.text))
	move := func(s *span) {
		off := uint32(len(text))
		text = append(text, a.text[s.off:s.end]...)
		*s = span{off, uint32(len(text))}
	}
	for i := range a.list {
		move(&a.list[i].s)
	}
	for i := range a.dyn {
		move(&a.dyn[i])
	}
	a.text, a.dead = text, 0
}

// dynamic returns the id of a name that is no constant of any script.
func (a *AVPs) dynamic(name []byte, add bool) (id int32, ok bool) {
	for k, s := range a.dyn {
		if string(a.text[s.off:s.end]) == string(name) {
			return ^int32(k), true
		}
	}
	if !add {
		return 0, false
	}
	a.dyn = append(a.dyn, a.store(name))
	return ^int32(len(a.dyn) - 1), true
}

// appendJoined appends all values of id, newest first, as $(avp(x)[*]) does.
func (a *AVPs) appendJoined(dst []byte, id int32) (b []byte, any bool) {
	for i := len(a.list) - 1; i >= 0; i-- {
		if a.list[i].id != id {
			continue
		}
		if any {
			dst = append(dst, ", "...)
		}
		dst, any = a.value(i).appendTo(dst), true
	}
	return dst, any
}
