package sipparse

import (
	"cmp"
	"slices"
)

// Over says that e, a branch's edits, are applied over those of the message: what
// under deletes or puts is taken into account by whoever asks e. Reset ends it.
func (e *Edits) Over(under *Edits) { e.under = under }

// Put writes text instead of the bytes of s, whatever Replace or Put did there
// before; in a branch also in the message. Text is copied. It is for what is
// changed again and again, a port, a list: see PutText. A Put that overlaps one of
// another span made before is not made. S may be empty: then text stands before
// whatever else is written at that offset.
func (e *Edits) Put(s Span, text []byte) {
	if !e.cutsPut(s) {
		e.add(&edit{off: s.Off, end: s.End, put: true}, text)
	}
}

// cutsPut reports whether a Put of another span overlaps s. Those there are do not
// overlap each other, so that before s only the last one counts.
func (e *Edits) cutsPut(s Span) bool {
	i := e.search(s.Off)
	for j := i - 1; j >= 0; j-- {
		if x := &e.list[j]; x.put && !x.inserts() {
			if x.end > s.Off && s.Len() > 0 {
				return true
			}
			break
		}
	}
	for ; i < len(e.list) && e.list[i].off < s.End; i++ {
		if x := &e.list[i]; x.put && !x.inserts() && (x.off != s.Off || x.end != s.End) {
			return true
		}
	}
	return false
}

// PutBehind writes text behind the bytes of s, which are some, and instead of what
// was put behind them before. It belongs to s: where Deletes cover s, it goes too.
func (e *Edits) PutBehind(s Span, text []byte) {
	e.add(&edit{off: s.End, end: s.End, owner: s.Off + 1, put: true}, text)
}

// PutText returns what Put, of e or of what is under e, writes instead of s.
func (e *Edits) PutText(s Span) (text []byte, ok bool) {
	return e.lastPut(&edit{off: s.Off, end: s.End, put: true})
}

// PutTextBehind is PutText for PutBehind.
func (e *Edits) PutTextBehind(s Span) (text []byte, ok bool) {
	return e.lastPut(&edit{off: s.End, end: s.End, owner: s.Off + 1, put: true})
}

// Deletes reports whether a Delete that begins where s does, of e or of what is under
// e, covers all of s.
func (e *Edits) Deletes(s Span) bool {
	for _, x := range e.from(s.Off) {
		if x.off > s.Off {
			break
		}
		if x.del && x.end >= s.End {
			return true
		}
	}
	return e.under != nil && e.under.Deletes(s)
}

// from returns the edits at offset off and beyond.
func (e *Edits) from(off uint32) []edit { return e.list[e.search(off):] }

func (e *Edits) search(off uint32) int {
	i, _ := slices.BinarySearchFunc(e.list, off, func(x edit, off uint32) int { return cmp.Compare(x.off, off) })
	return i
}

func (e *Edits) lastPut(slot *edit) (text []byte, ok bool) {
	for _, x := range e.from(slot.off) {
		if x.off > slot.off {
			break
		}
		if x.sameSlot(slot) {
			text, ok = e.arena[x.text.Off:x.text.End:x.text.End], true
		}
	}
	if !ok && e.under != nil {
		return e.under.lastPut(slot)
	}
	return text, ok
}

// sameSlot reports whether x and y are Puts of the same span.
func (x *edit) sameSlot(y *edit) bool {
	return x.put && y.put && x.off == y.off && x.end == y.end && x.owner == y.owner && x.wrap == y.wrap
}
