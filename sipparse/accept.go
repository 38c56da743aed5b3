package sipparse

// A MediaRange is one value of Accept:
//
//	accept-range = media-range *( SEMI accept-param ) ; RFC 3261 §20.1, §25.1
//	media-range = ( "*/*" / ( m-type SLASH "*" ) / ( m-type SLASH m-subtype ) ) *( SEMI m-parameter )
//
// Spans are into the buffer it was read from.
type MediaRange struct {
	Whole, Type, Subtype Span // "*" for any
	Params               Span // from the first ";", with q
	Q                    int  // thousandths; 1000 if there is none
}

// ParseMediaRange reads b, one value. It returns ErrValue if it is broken or has q twice.
func ParseMediaRange(b []byte, r *MediaRange) Error {
	c := alone(b)
	if c.mediaRange(r) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what r
// was parsed from.
func (r *MediaRange) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(r.Params.Of(b), name)
}

// An AcceptList walks the values of all Accept headers. Empty ones are passed over.
type AcceptList struct{ lines }

// MediaRanges returns a walk over the values of the Accept headers.
func (m *Msg) MediaRanges() AcceptList { return AcceptList{m.lines(HdrAccept)} }

// Next stores the next value in *r, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *AcceptList) Next(r *MediaRange) bool {
	return it.beginFilled() && it.end(it.c.mediaRange(r), ErrValue)
}

// Accepts reports whether who sent m takes a body of that type. The range that
// fits best decides: type/subtype, then type/*, then */*; with q=0 it says no.
// Parameters of a range but q are not looked at. Without an Accept header only
// application/sdp is taken, with an empty one nothing (RFC 3261 §20.1). What
// follows a broken value does not count.
func (m *Msg) Accepts(typ, subtype string) bool {
	if m.firstField(HdrAccept) == nil {
		return EqualFoldString([]byte("application"), typ) && EqualFoldString([]byte("sdp"), subtype)
	}
	best, q := 0, 0
	it := m.MediaRanges()
	for r := (MediaRange{}); it.Next(&r); {
		switch fit := r.fit(m.buf, typ, subtype); {
		case fit > best:
			best, q = fit, r.Q
		case fit == best && fit > 0:
			q = max(q, r.Q)
		}
	}
	return q > 0
}

// fit returns how well r describes the type: 3 by name, 2 by type/*, 1 by */*, 0 if
// not at all.
func (r *MediaRange) fit(b []byte, typ, subtype string) int {
	anySubtype := string(r.Subtype.Of(b)) == "*"
	switch {
	case anySubtype && string(r.Type.Of(b)) == "*":
		return 1
	case !EqualFoldString(r.Type.Of(b), typ):
		return 0
	case anySubtype:
		return 2
	case EqualFoldString(r.Subtype.Of(b), subtype):
		return 3
	}
	return 0
}

func (c *cursor) mediaRange(r *MediaRange) (more bool) {
	*r = MediaRange{}
	from := c.pos
	r.Type = c.token()
	c.need('/')
	r.Subtype = c.token()
	r.Params, r.Q = c.paramsQ()
	r.Whole = span(from, c.pos)
	return c.nextFilled()
}

// paramsQ takes *( SEMI generic-param ), among which there may be one q.
func (c *cursor) paramsQ() (params Span, q int) {
	from, q := c.pos, 1000
	var seen Span
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "q") {
			c.once(&seen, p.value)
			q = c.q(p.value)
		}
	}
	return c.paramsSince(from), q
}
