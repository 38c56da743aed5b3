package sipparse

// An AddrList walks the values of a header such as Route, Record-Route or Contact
// over all its lines and commas, in order. It reads m as it was received: edits do
// not show.
type AddrList struct {
	m     *Msg
	typ   HdrType
	line  int // index of the current header; -1 before the first
	c     cursor
	more  bool // another value follows on this line
	count int  // values of this line so far
	err   Error
}

// Addrs returns a walk over the values of the headers of type t.
func (m *Msg) Addrs(t HdrType) AddrList { return AddrList{m: m, typ: t, line: -1} }

// Next stores the next value in *n, spans into m.Buf(). It returns false at the
// end, and at a broken value: see Err.
func (it *AddrList) Next(n *NameAddr) bool {
	if it.err != OK {
		return false
	}
	if !it.more && !it.nextLine() {
		return false
	}
	it.count++
	it.more = it.c.nameAddr(n)
	if it.c.bad {
		it.err = ErrNameAddr
	}
	return it.err == OK
}

func (it *AddrList) nextLine() bool {
	i := it.m.Find(it.typ, it.line+1)
	if i < 0 {
		it.line = it.m.NHeaders()
		return false
	}
	f := it.m.field(i)
	it.line, it.count = i, 0
	it.c = cursor{b: it.m.buf[:f.valEnd], pos: int(f.value)}
	return true
}

// Err returns ErrNameAddr if the walk ended at a broken value.
func (it *AddrList) Err() Error { return it.err }

// Header returns the index of the header that holds the current value.
func (it *AddrList) Header() int { return it.line }

// Only reports whether the current value is alone on its line.
func (it *AddrList) Only() bool { return it.count == 1 && !it.more }

// DeleteAddr removes n, the current value of it: the value and its comma, or the
// whole line if e has removed the line's other values already.
func (m *Msg) DeleteAddr(e *Edits, it *AddrList, n *NameAddr) {
	line := m.field(it.line)
	before, after, last := Span{}, Span{}, false
	c := cursor{b: m.buf[:line.valEnd], pos: int(line.value)}
	for more := true; more && !last; {
		var v NameAddr
		more = c.nameAddr(&v)
		switch {
		case v.Whole.Off == n.Whole.Off || e.deletes(v.Whole):
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
