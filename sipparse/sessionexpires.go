package sipparse

import "math"

// A Refresher is who refreshes a session.
type Refresher uint8

// The refreshers of RFC 4028 §4; RefresherNone if it is not said.
const (
	RefresherNone Refresher = iota
	RefresherUAC
	RefresherUAS
)

// A SessionExpires is the value of Session-Expires:
//
//	delta-seconds *( SEMI se-params ) ; RFC 4028 §4
//
// Spans are into the buffer it was read from.
type SessionExpires struct {
	Whole     Span
	Seconds   uint32
	Refresher Refresher
	Params    Span // from the first ";"
}

// ParseSessionExpires reads b. It returns ErrValue if it is broken, has refresher
// twice, or one that is neither uac nor uas.
func ParseSessionExpires(b []byte, s *SessionExpires) Error {
	c := alone(b)
	c.sessionExpires(s)
	return c.finish(ErrValue)
}

// SessionExpires stores the value of Session-Expires in *s, spans into m.Buf(). err
// is ErrValue if it is broken or there are two.
func (m *Msg) SessionExpires(s *SessionExpires) (present bool, err Error) {
	c := m.only(HdrSessionExpires)
	c.sessionExpires(s)
	return c.result(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what s
// was parsed from.
func (s *SessionExpires) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(s.Params.Of(b), name)
}

func (c *cursor) sessionExpires(s *SessionExpires) {
	*s = SessionExpires{}
	from := c.pos
	s.Seconds = c.digits(math.MaxUint32)
	params := c.pos
	var refresher Span
	for p := (param{}); c.param(&p); {
		if EqualFoldString(p.name.Of(c.b), "refresher") {
			c.once(&refresher, p.value)
			s.Refresher = c.refresher(p.value)
		}
	}
	s.Params = c.paramsSince(params)
	s.Whole = span(from, c.pos)
}

func (c *cursor) refresher(s Span) Refresher {
	switch b := s.Of(c.b); {
	case EqualFoldString(b, "uac"):
		return RefresherUAC
	case EqualFoldString(b, "uas"):
		return RefresherUAS
	}
	c.fail()
	return RefresherNone
}
