package sipparse

import "testing"

// The examples of RFC 3261 §20.33, and comment = LPAREN *(ctext / quoted-pair /
// comment) RPAREN.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		text     string
		seconds  uint32
		comment  string
		duration int
		err      Error
	}{
		{"18000;duration=3600", 18000, "", 3600, OK},
		{"120 (I'm in a meeting)", 120, "(I'm in a meeting)", -1, OK},
		{"120(a (b \\) (c)))\n ; x; Duration = 0", 120, "(a (b \\) (c)))", 0, OK},
		{"0", 0, "", -1, OK},
		{"120 (a", 0, "", 0, ErrValue},
		{"120 (a) (b)", 0, "", 0, ErrValue},
		{"120 (a\\)", 0, "", 0, ErrValue},
		{"120;duration=x", 0, "", 0, ErrValue},
		{"120;duration=1;duration=1", 0, "", 0, ErrValue},
		{"4294967296", 0, "", 0, ErrValue},
		{"(a)", 0, "", 0, ErrValue},
		{"", 0, "", 0, ErrValue},
	} {
		m := parse(t, request("Retry-After: "+c.text+"\n"))
		var r RetryAfter
		there, err := m.RetryAfter(&r)
		if !there || err != c.err {
			t.Errorf("%q: %v %v", c.text, there, err)
		}
		if err == OK {
			wantText(t, c.text, r.Comment.Of(m.Buf()), c.comment)
			if r.Seconds != c.seconds || r.HasDuration != (c.duration >= 0) || int(r.Duration) != max(c.duration, 0) {
				t.Errorf("%q: %+v", c.text, r)
			}
		}
	}
	var r RetryAfter
	b := []byte("5;x=y")
	ParseRetryAfter(b, &r)
	v, _ := r.Param(b, "x")
	wantText(t, "x", v, "y")
	b = []byte(" 5 ")
	ParseRetryAfter(b, &r)
	wantText(t, "whole", r.Whole.Of(b), "5")
}
