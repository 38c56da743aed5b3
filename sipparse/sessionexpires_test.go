package sipparse

import "testing"

// se-params = refresher-param / generic-param; refresher-param = "refresher" EQUAL
// ("uas" / "uac"); RFC 4028 §4
func TestSessionExpires(t *testing.T) {
	for _, c := range []struct {
		text      string
		seconds   uint32
		refresher Refresher
		err       Error
	}{
		{"4000", 4000, RefresherNone, OK},
		{"1800;refresher=uac", 1800, RefresherUAC, OK},
		{"1800 ; x=y; Refresher = UAS", 1800, RefresherUAS, OK},
		{"4294967295", 4294967295, RefresherNone, OK},
		{"4294967296", 0, 0, ErrValue},
		{"1800;refresher=me", 0, 0, ErrValue},
		{"1800;refresher", 0, 0, ErrValue},
		{"1800;refresher=uac;refresher=uas", 0, 0, ErrValue},
		{"1800 s", 0, 0, ErrValue},
		{"", 0, 0, ErrValue},
	} {
		m := parse(t, request("x: "+c.text+"\n"))
		var s SessionExpires
		there, err := m.SessionExpires(&s)
		if !there || err != c.err || err == OK && (s.Seconds != c.seconds || s.Refresher != c.refresher) {
			t.Errorf("%q: %v %v %+v", c.text, there, err, s)
		}
		if e := ParseSessionExpires([]byte(c.text), &s); e != c.err {
			t.Errorf("%q alone: %v", c.text, e)
		}
	}
	var s SessionExpires
	b := []byte("1;x=y")
	ParseSessionExpires(b, &s)
	v, _ := s.Param(b, "x")
	wantText(t, "x", v, "y")
}
