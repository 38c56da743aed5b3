package sipparse

// What the readers of one value have in common. A rule reads what it knows; what
// stands behind it makes the value broken.

// alone returns a cursor on b, a value on its own: a failed one if b could not stand in
// a header as it is. A script may hold any text, and write what was read into a message.
func alone(b []byte) cursor {
	c := cursor{b: b}
	c.lws()
	if !inHeader(b) {
		c.fail()
	}
	return c
}

// inHeader reports whether b has no control characters but those of scanLine, and no
// line end but that of a folded line.
func inHeader(b []byte) bool {
	for p := 0; ; {
		end, err := scanLine(b, p)
		switch {
		case err != OK:
			return false
		case end == len(b):
			return true
		case end+2 == len(b) || !isWS(b[end+2]):
			return false
		}
		p = end + 2
	}
}

// only returns a cursor on the value of the header of type t; a failed one without
// bytes if there is none. A second such header fails it too: the next element might
// read that one.
func (m *Msg) only(t HdrType) cursor {
	i := m.Find(t, 0)
	if i < 0 {
		return cursor{bad: true}
	}
	f := m.field(i)
	c := cursor{b: m.buf[:f.valEnd], pos: int(f.value)}
	if m.Find(t, i+1) >= 0 {
		c.fail()
	}
	return c
}

// result ends the reading of a value that only found: whether the header is there,
// and err if its value is broken.
func (c *cursor) result(err Error) (present bool, _ Error) {
	if c.b == nil {
		return false, OK
	}
	return true, c.finish(err)
}

// finish ends the reading of a value: err if it is broken or more follows.
func (c *cursor) finish(err Error) Error {
	c.lws()
	if c.bad || c.pos < len(c.b) {
		return err
	}
	return OK
}

// gap takes the LWS that must stand here.
func (c *cursor) gap() {
	from := c.pos
	if c.lws(); c.pos == from {
		c.fail()
	}
}

// params takes *( SEMI generic-param ).
func (c *cursor) params() Span {
	from := c.pos
	for p := (param{}); c.param(&p); {
	}
	return c.paramsSince(from)
}

// paramsSince returns the parameters taken since from, beginning with their first
// ";"; the zero Span if there are none.
func (c *cursor) paramsSince(from int) Span {
	if c.bad || c.pos == from {
		return Span{}
	}
	return span(skipLWS(c.b, from), c.pos)
}

// number reads s as 1*DIGIT of at most max.
func (c *cursor) number(s Span, max uint32) uint32 {
	n, ok := number(s.Of(c.b), uint64(max))
	if !ok {
		c.fail()
	}
	return uint32(n)
}

// unquote returns s without the quotes around it, if it has them.
func unquote(b []byte, s Span) Span {
	if s.Len() >= 2 && b[s.Off] == '"' {
		return Span{s.Off + 1, s.End - 1}
	}
	return s
}

// comment takes comment = LPAREN *(ctext / quoted-pair / comment) RPAREN, with its
// parentheses. However deep they nest, it costs no stack.
func (c *cursor) comment() Span {
	from, depth := c.pos, 0
	for ; c.pos < len(c.b); c.pos++ {
		switch c.b[c.pos] {
		case '\\':
			c.pos++
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			break
		}
	}
	if c.pos >= len(c.b) {
		c.fail()
		return Span{}
	}
	c.pos++
	return span(from, c.pos)
}
