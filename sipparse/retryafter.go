package sipparse

import "math"

// A RetryAfter is the value of Retry-After:
//
//	delta-seconds [ comment ] *( SEMI retry-param ) ; RFC 3261 §20.33
//	retry-param = ("duration" EQUAL delta-seconds) / generic-param
//
// Spans are into the buffer it was read from.
type RetryAfter struct {
	Whole       Span
	Seconds     uint32
	Comment     Span   // with its parentheses
	Duration    uint32 // seconds for which the callee can be reached then; valid if HasDuration
	HasDuration bool
	Params      Span // from the first ";"
}

// ParseRetryAfter reads b. It returns ErrValue if it is broken or has duration twice.
func ParseRetryAfter(b []byte, r *RetryAfter) Error {
	c := alone(b)
	c.retryAfter(r)
	return c.finish(ErrValue)
}

// RetryAfter stores the value of Retry-After in *r, spans into m.Buf(). err is
// ErrValue if it is broken or there are two.
func (m *Msg) RetryAfter(r *RetryAfter) (present bool, err Error) {
	c := m.only(HdrRetryAfter)
	c.retryAfter(r)
	return c.result(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what r
// was parsed from.
func (r *RetryAfter) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(r.Params.Of(b), name)
}

func (c *cursor) retryAfter(r *RetryAfter) {
	*r = RetryAfter{}
	from := c.pos
	r.Seconds = c.digits(math.MaxUint32)
	params := c.pos
	if c.lws(); c.peek() == '(' {
		r.Comment = c.comment()
		params = c.pos
	}
	c.restart(params)
	var duration Span
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "duration") {
			c.once(&duration, p.value)
			r.Duration, r.HasDuration = c.number(p.value, math.MaxUint32), true
		}
	}
	r.Params = c.paramsSince(params)
	r.Whole = span(from, c.pos)
}
