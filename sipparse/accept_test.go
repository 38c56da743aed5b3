package sipparse

import "testing"

// "If no Accept header field is present, the server SHOULD assume a default value
// of application/sdp." "An empty Accept header field means that no formats are
// acceptable"; RFC 3261 §20.1. Which range decides is RFC 2616 §14.1.
func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		lines            string
		sdp, plain, pidf bool
	}{
		{"", true, false, false},
		{"Accept:", false, false, false},
		{"Accept: application/sdp", true, false, false},
		{"Accept: Application / SDP;level=1, , text/plain", true, true, false},
		{"Accept: */*", true, true, true},
		{"Accept: application/*", true, false, true},
		{"Accept: */*;q=0.1, application/*;q=0, application/pidf+xml", false, true, true},
		{"Accept: text/plain;q=0\nAccept: text/*", false, false, false},
		{"Accept: text/plain;q=0, text/plain;level=1", false, true, false},
		{"Accept: text/plain;level=1, text/plain;q=0", false, true, false}, // in any order
		{"Accept: application/sdp;q=2, text/plain", false, false, false},   // broken
	} {
		m := parse(t, request(c.lines+"\n"))
		if sdp, plain, pidf := m.Accepts("application", "sdp"), m.Accepts("text", "plain"), m.Accepts("application", "pidf+xml"); sdp != c.sdp || plain != c.plain || pidf != c.pidf {
			t.Errorf("%q: %v %v %v", c.lines, sdp, plain, pidf)
		}
	}
}

func TestMediaRange(t *testing.T) {
	for _, c := range []struct {
		text, typ, subtype string
		q                  int
		err                Error
	}{
		{"application/sdp;level=1", "application", "sdp", 1000, OK},
		{"text/* ; q = 0.5 ; x", "text", "*", 500, OK},
		{"*/*;q=0", "*", "*", 0, OK},
		{"text", "", "", 0, ErrValue},
		{"text/plain;q=0.1;q=0.2", "", "", 0, ErrValue},
		{"text/plain;q=x", "", "", 0, ErrValue},
		{"text/plain,", "text", "plain", 1000, OK},
		{"text/plain , ,,", "text", "plain", 1000, OK},
		{"text/plain,a/b", "", "", 0, ErrValue},
	} {
		b := []byte(c.text)
		var r MediaRange
		if err := ParseMediaRange(b, &r); err != c.err {
			t.Errorf("%q: %v", c.text, err)
		} else if err == OK && (string(r.Type.Of(b)) != c.typ || string(r.Subtype.Of(b)) != c.subtype || r.Q != c.q) {
			t.Errorf("%q: %+v", c.text, r)
		}
	}
	b := []byte("a/b;level=1;q=0.3")
	var r MediaRange
	ParseMediaRange(b, &r)
	v, _ := r.Param(b, "level")
	wantText(t, "level", v, "1")
}

// Accept-Language: da, en-gb;q=0.8, en;q=0.7 - RFC 3261 §20.3
func TestPreferences(t *testing.T) {
	m := parse(t, request("Accept-Language: da, en-gb;q=0.8,,\nAccept-Language: *;q=0\n"))
	it := m.Preferences(HdrAcceptLanguage)
	var x Preference
	for _, want := range []struct {
		tag string
		q   int
	}{{"da", 1000}, {"en-gb", 800}, {"*", 0}} {
		if !it.Next(&x) || x.Q != want.q {
			t.Errorf("%s: %+v, %v", want.tag, x, it.Err())
		}
		wantText(t, "language", x.Value.Of(m.Buf()), want.tag)
	}
	if it.Next(&x) || it.Err() != OK {
		t.Error(it.Err())
	}
	if ParsePreference([]byte("gzip;q=1.5"), &x) != ErrValue || ParsePreference([]byte("gzip"), &x) != OK {
		t.Error("wrong coding")
	}
}
