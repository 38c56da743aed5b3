package sipparse

import "math"

// A RAck is the value of RAck, what a PRACK acknowledges:
//
//	response-num LWS CSeq-num LWS Method ; RFC 3262 §7.2
type RAck struct {
	Whole      Span
	RSeq       uint32
	CSeq       uint32 // below 2**31
	Method     Method
	MethodName Span
}

// ParseRAck reads b. It returns ErrValue if it is broken.
func ParseRAck(b []byte, r *RAck) Error {
	c := alone(b)
	c.rack(r)
	return c.finish(ErrValue)
}

// RAck stores the value of RAck in *r, spans into m.Buf(). err is ErrValue if it is
// broken or there are two.
func (m *Msg) RAck(r *RAck) (present bool, err Error) {
	c := m.only(HdrRAck)
	c.rack(r)
	return c.result(ErrValue)
}

func (c *cursor) rack(r *RAck) {
	*r = RAck{}
	from := c.pos
	r.RSeq = c.digits(math.MaxUint32)
	c.gap()
	r.CSeq = c.digits(maxCSeq)
	c.gap()
	r.MethodName = c.token()
	r.Method = MethodOf(r.MethodName.Of(c.b))
	r.Whole = span(from, c.pos)
}
