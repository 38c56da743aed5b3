package sipparse

import "testing"

// Subscription-State = substate-value *( SEMI subexp-params ); RFC 6665 §8.4
func TestSubscriptionState(t *testing.T) {
	for _, c := range []struct {
		text           string
		state          SubState
		reason         string
		expires, retry int
		err            Error
	}{
		{"active;expires=600", SubActive, "", 600, -1, OK},
		{"PENDING", SubPending, "", -1, -1, OK},
		{"terminated ; reason = probation;retry-after=5;x", SubTerminated, "probation", -1, 5, OK},
		{"waiting;reason=x", SubOther, "x", -1, -1, OK}, // "extension-substate"
		{"active;expires=4294967296", 0, "", 0, 0, ErrValue},
		{"active;expires=", 0, "", 0, 0, ErrValue},
		{"active;expires=1;expires=1", 0, "", 0, 0, ErrValue},
		{"active;retry-after=1;retry-after=1", 0, "", 0, 0, ErrValue},
		{"active;reason=a;reason=b", 0, "", 0, 0, ErrValue},
		{"active, pending", 0, "", 0, 0, ErrValue},
		{"", 0, "", 0, 0, ErrValue},
	} {
		m := parse(t, request("Subscription-State: "+c.text+"\n"))
		var s SubscriptionState
		there, err := m.SubscriptionState(&s)
		if !there || err != c.err {
			t.Errorf("%q: %v %v", c.text, there, err)
		}
		if e := ParseSubscriptionState([]byte(c.text), &s); e != c.err {
			t.Errorf("%q alone: %v", c.text, e)
		}
		if err != OK {
			continue
		}
		if s.State != c.state || s.HasExpires != (c.expires >= 0) || s.HasRetryAfter != (c.retry >= 0) || int(s.Expires) != max(c.expires, 0) || int(s.RetryAfter) != max(c.retry, 0) {
			t.Errorf("%q: %+v", c.text, s)
		}
		wantText(t, c.text, s.Reason.Of([]byte(c.text)), c.reason)
		v, _ := s.Param([]byte(c.text), "reason")
		wantText(t, c.text, v, c.reason)
	}
}
