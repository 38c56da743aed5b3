package sipparse

import "testing"

// The examples of RFC 3326 §2 and RFC 8606 §3.
func TestReasons(t *testing.T) {
	m := parse(t, request(`
Reason: SIP ;cause=200 ;text="Call completed \"elsewhere\""
Reason: Q.850;cause=16;text="Terminated";location=LN, , X;y=z
`[1:]))
	b := m.Buf()
	it := m.Reasons()
	var r ReasonValue
	for _, want := range []struct {
		protocol       string
		cause          int
		text, location string
	}{{"SIP", 200, `Call completed "elsewhere"`, ""}, {"Q.850", 16, "Terminated", "LN"}, {"X", -1, "", ""}} {
		if !it.Next(&r) || r.Cause != want.cause {
			t.Errorf("%s: %v %+v", want.protocol, it.Err(), r)
		}
		wantText(t, "protocol", r.Protocol.Of(b), want.protocol)
		wantText(t, "text", AppendUnquoted(nil, r.Text.Of(b)), want.text)
		wantText(t, "location", r.Location.Of(b), want.location)
	}
	v, _ := r.Param(b, "y")
	if wantText(t, "y", v, "z"); it.Next(&r) || it.Err() != OK {
		t.Error(it.Err())
	}
}

func TestReasonValueRefused(t *testing.T) {
	for _, s := range []string{"", "SIP;cause=", "SIP;cause=abc", "SIP;cause=1;cause=1", `SIP;text="a`, `SIP;text="a";text="b"`, "SIP;location=LN;location=U", "SIP x", "SIP,SIP", "SIP;cause=2147483648"} {
		var r ReasonValue
		if e := ParseReasonValue([]byte(s), &r); e != ErrValue {
			t.Errorf("%q: %v, %+v", s, e, r)
		}
	}
	m := parse(t, request("Reason: SIP;cause=x, Q.850\n"))
	var r ReasonValue
	if it := m.Reasons(); it.Next(&r) || it.Err() != ErrValue {
		t.Error("a broken value is passed over")
	}
}
