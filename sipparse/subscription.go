package sipparse

import "math"

// A SubState is what a Subscription-State says of the subscription.
type SubState uint8

// The states of RFC 6665 §4.1.3; an unknown one is SubOther.
const (
	SubOther SubState = iota
	SubActive
	SubPending
	SubTerminated
)

// A SubscriptionState is the value of Subscription-State:
//
//	substate-value *( SEMI subexp-params ) ; RFC 6665 §8.4
//
// Spans are into the buffer it was read from.
type SubscriptionState struct {
	Whole         Span
	State         SubState
	StateSpan     Span
	Reason        Span
	Expires       uint32 // seconds; valid if HasExpires
	RetryAfter    uint32 // seconds; valid if HasRetryAfter
	HasExpires    bool
	HasRetryAfter bool
	Params        Span // from the first ";"
}

// ParseSubscriptionState reads b. It returns ErrValue if it is broken, or has
// expires, reason or retry-after twice.
func ParseSubscriptionState(b []byte, s *SubscriptionState) Error {
	c := alone(b)
	c.subscriptionState(s)
	return c.finish(ErrValue)
}

// SubscriptionState stores the value of Subscription-State in *s, spans into
// m.Buf(). err is ErrValue if it is broken or there are two.
func (m *Msg) SubscriptionState(s *SubscriptionState) (present bool, err Error) {
	c := m.only(HdrSubscriptionState)
	c.subscriptionState(s)
	return c.result(ErrValue)
}

// Param returns the value of the parameter of that name, in any case; b is what s
// was parsed from.
func (s *SubscriptionState) Param(b []byte, name string) (value []byte, ok bool) {
	return findParam(s.Params.Of(b), name)
}

func (c *cursor) subscriptionState(s *SubscriptionState) {
	*s = SubscriptionState{}
	s.StateSpan = c.token()
	switch state := s.StateSpan.Of(c.b); {
	case EqualFoldString(state, "active"):
		s.State = SubActive
	case EqualFoldString(state, "pending"):
		s.State = SubPending
	case EqualFoldString(state, "terminated"):
		s.State = SubTerminated
	}
	params := c.pos
	var expires, retry Span
	for p := (param{}); c.param(&p); {
		switch name := p.name.Of(c.b); {
		case EqualFoldString(name, "reason"):
			c.once(&s.Reason, p.value)
		case EqualFoldString(name, "expires"):
			c.once(&expires, p.value)
			s.Expires, s.HasExpires = c.number(p.value, math.MaxUint32), true
		case EqualFoldString(name, "retry-after"):
			c.once(&retry, p.value)
			s.RetryAfter, s.HasRetryAfter = c.number(p.value, math.MaxUint32), true
		}
	}
	s.Params = c.paramsSince(params)
	s.Whole = Span{s.StateSpan.Off, uint32(c.pos)}
}
