package sipparse

// A Timestamp is the value of Timestamp:
//
//	1*DIGIT [ "." *DIGIT ] [ LWS delay ] ; RFC 3261 §20.38
//	delay = *DIGIT [ "." *DIGIT ]
//
// The numbers are seconds, of any clock: they are for who wrote them to read. Spans
// are into the buffer it was read from.
type Timestamp struct {
	Whole Span
	Time  Span
	Delay Span // zero if there is none
}

// ParseTimestamp reads b. It returns ErrValue if it is broken.
func ParseTimestamp(b []byte, t *Timestamp) Error {
	c := alone(b)
	c.timestamp(t)
	return c.finish(ErrValue)
}

// Timestamp stores the value of Timestamp in *t, spans into m.Buf(). err is ErrValue
// if it is broken or there are two.
func (m *Msg) Timestamp(t *Timestamp) (present bool, err Error) {
	c := m.only(HdrTimestamp)
	c.timestamp(t)
	return c.result(ErrValue)
}

func (c *cursor) timestamp(t *Timestamp) {
	*t = Timestamp{}
	t.Time = c.decimal()
	if !isDigit(c.byteAt(t.Time)) {
		c.fail()
	}
	end := c.pos
	if c.lws(); c.pos > end && c.pos < len(c.b) {
		t.Delay = c.decimal()
		end = c.pos
	}
	t.Whole = Span{t.Time.Off, uint32(end)}
}

// decimal takes *DIGIT [ "." *DIGIT ], a byte at least.
func (c *cursor) decimal() Span {
	from, dot := c.pos, false
	for ; c.pos < len(c.b); c.pos++ {
		if x := c.b[c.pos]; x == '.' && !dot {
			dot = true
		} else if !isDigit(x) {
			break
		}
	}
	if c.pos == from {
		c.fail()
		return Span{}
	}
	return span(from, c.pos)
}

// byteAt returns the first byte of s, 0 if there is none.
func (c *cursor) byteAt(s Span) byte {
	if s.Len() == 0 {
		return 0
	}
	return c.b[s.Off]
}
