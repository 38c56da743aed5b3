package sipparse

// An AddrList walks the values of a header such as Route, Record-Route or Contact
// over all its lines and commas, in order. It reads m as it was received: edits do
// not show.
type AddrList struct{ lines }

// Addrs returns a walk over the values of the headers of type t.
func (m *Msg) Addrs(t HdrType) AddrList { return AddrList{m.lines(t)} }

// Next stores the next value in *n, spans into m.Buf(). It returns false at the
// end, and at a broken value: see Err.
func (it *AddrList) Next(n *NameAddr) bool {
	return it.begin() && it.end(it.c.nameAddr(n), ErrNameAddr)
}

// DeleteAddr removes n, the current value of it: the value and its comma, or the
// whole line if e has removed the line's other values already.
func (m *Msg) DeleteAddr(e *Edits, it *AddrList, n *NameAddr) {
	line := m.field(it.at)
	before, after, last := Span{}, Span{}, false
	gone := e.deleter()
	c := cursor{b: m.buf[:line.valEnd], pos: int(line.value)}
	for more := true; more && !last; {
		var v NameAddr
		more = c.nameAddr(&v)
		switch {
		case v.Whole.Off == n.Whole.Off || gone.covers(v.Whole):
		case v.Whole.Off < n.Whole.Off:
			before = v.Whole
		default:
			after, last = v.Whole, true
		}
	}
	switch {
	case !after.IsZero():
		e.Delete(Span{n.Whole.Off, after.Off})
	case !before.IsZero():
		e.Delete(Span{before.End, n.Whole.End})
	default:
		e.Delete(line.lineSpan())
	}
}
