package sipparse

// lines walks the values of all headers of one type, line by line: the part that
// the lists of addresses, tokens and other values have in common. Equal rules hold
// for all of them: several lines are one list (RFC 3261 §7.3.1), and a broken value
// ends the walk. A list's Next is begin, its rule on the cursor c, end.
type lines struct {
	m     *Msg
	typ   HdrType
	at    int // index of the current header; -1 before the first
	c     cursor
	more  bool // another value follows on this line
	count int  // values of this line so far
	err   Error
}

func (m *Msg) lines(t HdrType) lines { return lines{m: m, typ: t, at: -1} }

// begin puts the cursor on the next value; false if there is none.
func (it *lines) begin() bool {
	if it.err != OK {
		return false
	}
	if !it.more {
		i := it.m.Find(it.typ, it.at+1)
		if i < 0 {
			it.at = it.m.NHeaders()
			return false
		}
		f := it.m.field(i)
		it.at, it.count = i, 0
		it.c = cursor{b: it.m.buf[:f.valEnd], pos: int(f.value)}
	}
	it.count++
	return true
}

// end notes what the rule found: whether another value follows on this line. A
// failed rule is err.
func (it *lines) end(more bool, err Error) bool {
	it.more = more
	if it.c.bad {
		it.err = err
	}
	return it.err == OK
}

// Err returns why the walk ended early, OK if it did not.
func (it *lines) Err() Error { return it.err }

// Header returns the index of the header that holds the current value.
func (it *lines) Header() int { return it.at }

// Only reports whether the current value is alone on its line.
func (it *lines) Only() bool { return it.count == 1 && !it.more }
