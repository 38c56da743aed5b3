package sipparse

import "math"

// AppendEdited appends the message to dst with the edits of a, the message's, and
// b, the branch's; either may be nil. All of a count as made before those of b: a
// Replace of b that overlaps one of a does nothing, a Put of b counts.
// It writes once, and only the message itself: not what came before the start
// line, nor what was beyond the Content-Length. If the body changes its length,
// the Content-Length is written anew.
func (m *Msg) AppendEdited(dst []byte, a, b *Edits) []byte {
	w := m.walk(a, b)
	if !w.touches(m.body) {
		return w.write(dst)
	}
	n := w.bodyLen(m.body)
	if n == m.BodySpan().Len() {
		return w.write(dst)
	}
	return m.writeLength(dst, w, n, a, b)
}

// AppendEditedStream is AppendEdited for a stream, where the Content-Length has to be
// there (RFC 3261 §18.3): it is added if the message has none or the edits delete it.
func (m *Msg) AppendEditedStream(dst []byte, a, b *Edits) []byte {
	if m.cl >= 0 && !m.deletesLength(a, b) {
		return m.AppendEdited(dst, a, b)
	}
	w := m.walk(a, b)
	return m.writeLength(dst, w, w.bodyLen(m.body), a, b)
}

// writeLength writes with a Content-Length of n: into the one there is, or, if that
// is absent or deleted, as the last header.
func (m *Msg) writeLength(dst []byte, w walk, n int, a, b *Edits) []byte {
	var text [48]byte
	x, arena := edit{off: m.headerEnd, end: m.headerEnd}, text[:0]
	if f := m.firstField(HdrContentLength); f != nil && !m.deletesLength(a, b) {
		x.off, x.end = f.value, f.valEnd
		arena = AppendUint(arena, uint64(n))
	} else {
		arena = appendContentLength(arena, n)
	}
	x.text = span(0, len(arena))
	list := [...]edit{x}
	w.sets[0] = editSet{list: list[:], arena: arena}
	return w.write(dst)
}

// deletesLength reports whether the Content-Length goes with an edit.
func (m *Msg) deletesLength(a, b *Edits) bool {
	f := m.firstField(HdrContentLength)
	return f != nil && (a != nil && a.deletes(f.valueSpan()) || b != nil && b.deletes(f.valueSpan()))
}

// A walk goes through up to three sets of edits in the order in which they apply.
type walk struct {
	buf      []byte
	pos, end uint32     // of buf, what is still to be written
	sets     [3]editSet // earlier sets win over later ones
	at       uint32     // offset of the current edit
	gone     uint32     // end of what Deletes up to here remove
	goneFrom uint32     // where that begins, without a gap
	cover    uint32     // end of what Deletes and effective Replaces up to here remove
	before   uint32     // cover, of the edits at smaller offsets only
	filled   uint32     // 1 + the offset of the last Replace of nothing
}

type editSet struct {
	list  []edit // those to come
	arena []byte
	repl  uint32 // end of the last Replace; a set's Replaces do not overlap
	put   uint32 // end of the last Put; a set's Puts do not overlap
}

func (m *Msg) walk(a, b *Edits) walk {
	w := walk{buf: m.buf, pos: m.start, end: m.end}
	if a != nil {
		w.sets[1] = editSet{list: a.list, arena: a.arena}
	}
	if b != nil {
		w.sets[2] = editSet{list: b.list, arena: b.arena}
	}
	return w
}

// touches reports whether an edit reaches offset at or beyond.
func (w *walk) touches(at uint32) bool {
	for i := range w.sets {
		list := w.sets[i].list
		for j := range list {
			if x := &list[j]; x.off >= at || x.end > at {
				return true
			}
		}
	}
	return false
}

func (w *walk) write(dst []byte) []byte {
	for {
		x, text := w.next()
		if x == nil {
			return append(dst, w.buf[min(w.pos, w.end):w.end]...)
		}
		if x.off > w.pos {
			dst = append(dst, w.buf[w.pos:x.off]...)
			w.pos = x.off
		}
		dst = append(dst, text...)
		w.pos = max(w.pos, x.end)
	}
}

// bodyLen returns the length of what write would write from offset body on. It
// leaves w as it is.
func (w walk) bodyLen(body uint32) int {
	n := 0
	w.pos = body
	for {
		x, text := w.next()
		if x == nil {
			return n + int(w.end-min(w.pos, w.end))
		}
		if x.off > w.pos {
			n += int(x.off - w.pos)
			w.pos = x.off
		}
		if x.off >= body {
			n += len(text)
		}
		w.pos = max(w.pos, x.end)
	}
}

// next returns the next edit that has an effect, and its text; nil at the end.
func (w *walk) next() (x *edit, text []byte) {
	for {
		s, i := w.first()
		if s == nil {
			return nil, nil
		}
		x = &s.list[0]
		s.list = s.list[1:]
		if x.end > w.end {
			panic("BUG: edit outside of the message")
		}
		if w.effective(i, x) {
			return x, x.text.Of(s.arena)
		}
	}
}

// first returns the set whose next edit comes first, nil at the end.
func (w *walk) first() (best *editSet, i int) {
	least := uint64(math.MaxUint64)
	for j := range w.sets {
		if s := &w.sets[j]; len(s.list) > 0 {
			if place := s.list[0].place(); place < least {
				best, i, least = s, j, place
			}
		}
	}
	return best, i
}

// effective keeps the books and says whether x, of set i, does anything.
func (w *walk) effective(i int, x *edit) bool {
	if x.off > w.at {
		w.at, w.before = x.off, w.cover
	}
	switch {
	case x.inserts():
		return w.before <= x.off && (!x.put || !w.ownerGone(x) && !w.putAgain(i, x)) && (!x.fill || !w.filledBefore(x))
	case x.del:
		if x.off > w.gone {
			w.goneFrom = x.off
		}
		w.gone = max(w.gone, x.end)
	default:
		if x.put {
			w.sets[i].put = x.end
		} else {
			w.sets[i].repl = x.end
		}
		if w.overruled(i, x) {
			return false
		}
	}
	w.cover = max(w.cover, x.end)
	return true
}

// ownerGone reports whether x is text behind a span that Deletes cover. They all
// begin before x.
func (w *walk) ownerGone(x *edit) bool {
	return x.owner != 0 && w.goneFrom < x.owner && w.gone >= x.off
}

// filledBefore reports whether x, a Replace of nothing, is not the first at its offset.
func (w *walk) filledBefore(x *edit) bool {
	again := w.filled == x.off+1
	w.filled = x.off + 1
	return again
}

// putAgain reports whether a later Put counts instead of x, an empty Put of set i.
// It has the same offset, so it is still to come.
func (w *walk) putAgain(i int, x *edit) bool {
	for j := i; j < len(w.sets); j++ {
		for _, y := range w.sets[j].list {
			if y.off > x.off {
				break
			}
			if y.sameSlot(x) {
				return true
			}
		}
	}
	return false
}

// overruled reports whether x, a Replace or Put of set i, overlaps what goes before it.
func (w *walk) overruled(i int, x *edit) bool {
	if w.gone > x.off {
		return true
	}
	for j := range w.sets {
		s := &w.sets[j]
		if !x.put && j < i && s.repl > x.off || (!x.put || j > i) && s.put > x.off {
			return true
		}
		for k := 0; k < len(s.list) && s.list[k].off < x.end; k++ {
			if x.yieldsTo(&s.list[k], j-i) {
				return true
			}
		}
	}
	return false
}

// yieldsTo reports whether y, which overlaps x and comes after it in the message,
// counts instead of x, a Replace or Put. Later is how many sets y's is later.
func (x *edit) yieldsTo(y *edit, later int) bool {
	switch {
	case y.inserts():
		return false
	case y.del:
		return true
	case y.put:
		return !x.put || later >= 0
	}
	return !x.put && later < 0
}
