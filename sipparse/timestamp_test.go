package sipparse

import "testing"

// Timestamp = "Timestamp" HCOLON 1*(DIGIT) [ "." *(DIGIT) ] [ LWS delay ]
// delay = *(DIGIT) [ "." *(DIGIT) ]
func TestTimestamp(t *testing.T) {
	for _, c := range []struct {
		text, time, delay string
		err               Error
	}{
		{"54", "54", "", OK},
		{"54.21 0.5", "54.21", "0.5", OK},
		{"54.\n  .5 ", "54.", ".5", OK},
		{".5", "", "", ErrValue},
		{"5.4.3", "", "", ErrValue},
		{"5 x", "", "", ErrValue},
		{"5 1 1", "", "", ErrValue},
		{"-5", "", "", ErrValue},
		{"", "", "", ErrValue},
	} {
		m := parse(t, request("Timestamp: "+c.text+"\n"))
		var x Timestamp
		if there, err := m.Timestamp(&x); !there || err != c.err {
			t.Errorf("%q: %v %v", c.text, there, err)
		} else if err == OK {
			wantText(t, c.text, x.Time.Of(m.Buf()), c.time)
			wantText(t, c.text, x.Delay.Of(m.Buf()), c.delay)
		}
	}
	var x Timestamp
	if b := []byte("1 2 "); ParseTimestamp(b, &x) != OK || string(x.Whole.Of(b)) != "1 2" {
		t.Errorf("%+v", x)
	}
}
