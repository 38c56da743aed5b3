package sipparse

// A ContentType is the value of Content-Type:
//
//	media-type = m-type SLASH m-subtype *( SEMI m-parameter ) ; RFC 3261 §20.15
//
// Spans are into the buffer it was read from.
type ContentType struct {
	Whole, Type, Subtype Span
	Params               Span // from the first ";"
	Boundary             Span // of multipart, without quotes; RFC 2046 §5.1.1
}

// ParseContentType reads b. It returns ErrValue if it is broken, or has a boundary
// twice: who splits the body at the other one finds other parts.
func ParseContentType(b []byte, t *ContentType) Error {
	c := alone(b)
	c.contentType(t)
	return c.finish(ErrValue)
}

// ContentType stores the value of Content-Type in *t, spans into m.Buf(). err is
// ErrValue if it is broken or there are two.
func (m *Msg) ContentType(t *ContentType) (present bool, err Error) {
	c := m.only(HdrContentType)
	c.contentType(t)
	return c.result(ErrValue)
}

// contentTypeAt reads the value at s into *t; false if it is broken.
func contentTypeAt(b []byte, s Span, t *ContentType) bool {
	c := cursor{b: b[:s.End], pos: int(s.Off)}
	c.contentType(t)
	return c.finish(ErrValue) == OK
}

// Is reports whether t is of that type and subtype, in any case; b is what t was
// parsed from. A subtype of "" stands for any.
func (t *ContentType) Is(b []byte, typ, subtype string) bool {
	return EqualFoldString(t.Type.Of(b), typ) && (subtype == "" || EqualFoldString(t.Subtype.Of(b), subtype))
}

// Param returns the value of the parameter of that name, in any case; a quoted one
// with its quotes.
func (t *ContentType) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(t.Params.Of(b), name)
}

func (c *cursor) contentType(t *ContentType) {
	*t = ContentType{}
	from := c.pos
	t.Type = c.token()
	c.need('/')
	t.Subtype = c.token()
	params := c.pos
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "boundary") {
			c.once(&t.Boundary, unquote(c.b, p.value))
		}
	}
	t.Params = c.paramsSince(params)
	t.Whole = span(from, c.pos)
}
