package sipparse

// A Disposition is the value of Content-Disposition:
//
//	disp-type *( SEMI disp-param ) ; RFC 3261 §20.11
//
// Spans are into the buffer it was read from.
type Disposition struct {
	Whole, Type Span
	Handling    Span // value of handling; zero means required
	Params      Span // from the first ";"
}

// ParseDisposition reads b. It returns ErrValue if it is broken or has handling twice.
func ParseDisposition(b []byte, d *Disposition) Error {
	c := alone(b)
	c.disposition(d)
	return c.finish(ErrValue)
}

// ContentDisposition stores the value of Content-Disposition in *d, spans into
// m.Buf(). err is ErrValue if it is broken or there are two.
func (m *Msg) ContentDisposition(d *Disposition) (present bool, err Error) {
	c := m.only(HdrContentDisposition)
	c.disposition(d)
	return c.result(ErrValue)
}

// Optional reports whether who does not understand the body may ignore it; b is
// what d was parsed from.
func (d *Disposition) Optional(b []byte) bool { return EqualFoldString(d.Handling.Of(b), "optional") }

// Param returns the value of the parameter of that name, in any case.
func (d *Disposition) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(d.Params.Of(b), name)
}

func (c *cursor) disposition(d *Disposition) {
	*d = Disposition{}
	from := c.pos
	d.Type = c.token()
	params := c.pos
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "handling") {
			c.once(&d.Handling, p.value)
		}
	}
	d.Params = c.paramsSince(params)
	d.Whole = span(from, c.pos)
}
