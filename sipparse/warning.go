package sipparse

// A Warning is one value of Warning:
//
//	warn-code SP warn-agent SP warn-text ; RFC 3261 §20.43, §25.1
//
// Spans are into the buffer it was read from.
type Warning struct {
	Whole Span
	Code  int  // three digits
	Agent Span // host and port, or a pseudonym
	Text  Span // with its quotes, for AppendUnquoted
}

// ParseWarning reads b, one value. It returns ErrValue if it is broken.
func ParseWarning(b []byte, w *Warning) Error {
	c := alone(b)
	if c.warning(w) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// A WarningList walks the values of all Warning headers. Empty ones are passed over.
type WarningList struct{ lines }

// Warnings returns a walk over the values of the Warning headers.
func (m *Msg) Warnings() WarningList { return WarningList{m.lines(HdrWarning)} }

// Next stores the next value in *w, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *WarningList) Next(w *Warning) bool {
	return it.beginFilled() && it.end(it.c.warning(w), ErrValue)
}

func (c *cursor) warning(w *Warning) (more bool) {
	*w = Warning{}
	from := c.pos
	w.Code = c.fixed(3, 999)
	c.gap()
	w.Agent = c.visible()
	c.gap()
	if c.peek() != '"' {
		c.fail()
		return false
	}
	w.Text = c.quoted()
	w.Whole = span(from, c.pos)
	return c.nextFilled()
}
