package sipparse

import "math"

// A ReasonValue is one value of Reason:
//
//	protocol *( SEMI reason-params ) ; RFC 3326 §2
//
// Spans are into the buffer it was read from.
type ReasonValue struct {
	Whole    Span
	Protocol Span // "SIP", "Q.850" ...
	Cause    int  // -1 if there is none
	Text     Span // with its quotes, for AppendUnquoted
	Location Span // of the ISUP cause; RFC 8606
	Params   Span // from the first ";"
}

// ParseReasonValue reads b, one value. It returns ErrValue if it is broken, or has
// cause, text or location twice.
func ParseReasonValue(b []byte, r *ReasonValue) Error {
	c := alone(b)
	if c.reasonValue(r) {
		c.fail()
	}
	return c.finish(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what r
// was parsed from.
func (r *ReasonValue) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(r.Params.Of(b), name)
}

// A ReasonList walks the values of all Reason headers. Empty ones are passed over.
type ReasonList struct{ lines }

// Reasons returns a walk over the values of the Reason headers; not to be confused
// with Reason, the phrase of a status line.
func (m *Msg) Reasons() ReasonList { return ReasonList{m.lines(HdrReason)} }

// Next stores the next value in *r, spans into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *ReasonList) Next(r *ReasonValue) bool {
	return it.beginFilled() && it.end(it.c.reasonValue(r), ErrValue)
}

func (c *cursor) reasonValue(r *ReasonValue) (more bool) {
	*r = ReasonValue{Cause: -1}
	r.Protocol = c.token()
	params := c.pos
	var cause Span
	for p := (param{}); c.param(&p); {
		switch name := p.name.Of(c.b); {
		case EqualFoldString(name, "cause"):
			c.once(&cause, p.value)
			r.Cause = int(c.number(p.value, math.MaxInt32))
		case EqualFoldString(name, "text"):
			c.once(&r.Text, p.value)
		case EqualFoldString(name, "location"):
			c.once(&r.Location, p.value)
		}
	}
	r.Params = c.paramsSince(params)
	r.Whole = Span{r.Protocol.Off, uint32(c.pos)}
	return c.nextFilled()
}
