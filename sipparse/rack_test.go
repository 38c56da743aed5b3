package sipparse

import "testing"

// RAck: 776656 1 INVITE - RFC 3262 §7.2
func TestRAck(t *testing.T) {
	for _, c := range []struct {
		text       string
		rseq, cseq uint32
		method     Method
		err        Error
	}{
		{"776656 1 INVITE", 776656, 1, Invite, OK},
		{"4294967295\t 2147483647\n  FOO", 4294967295, 2147483647, MethodOther, OK},
		{"1 1 invite", 1, 1, MethodOther, OK},
		{"4294967296 1 INVITE", 0, 0, 0, ErrValue},
		{"1 2147483648 INVITE", 0, 0, 0, ErrValue}, // CSeq "MUST be less than 2**31"
		{"1 1", 0, 0, 0, ErrValue},
		{"1 1INVITE", 0, 0, 0, ErrValue},
		{"1 INVITE", 0, 0, 0, ErrValue},
		{"1 1 INVITE x", 0, 0, 0, ErrValue},
		{"1 1 (INVITE)", 0, 0, 0, ErrValue},
		{"", 0, 0, 0, ErrValue},
	} {
		m := parse(t, request("RAck: "+c.text+"\n"))
		var r RAck
		there, err := m.RAck(&r)
		if !there || err != c.err || err == OK && (r.RSeq != c.rseq || r.CSeq != c.cseq || r.Method != c.method) {
			t.Errorf("%q: %v %v %+v", c.text, there, err, r)
		}
	}
	var r RAck
	b := []byte("1 2 PRACK")
	if ParseRAck(b, &r) != OK || string(r.MethodName.Of(b)) != "PRACK" || r.Method != Prack {
		t.Errorf("%+v", r)
	}
}
