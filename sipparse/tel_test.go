package sipparse

import "testing"

// telephone-subscriber = global-number / local-number; RFC 3966 §3, and in a sip URI
// with user=phone: RFC 3261 §19.1.6
func TestTel(t *testing.T) {
	for _, c := range []struct {
		uri, number        string
		global             bool
		context, ext, isub string
	}{
		{"tel:+1-201-555-0123", "+1-201-555-0123", true, "", "", ""},
		{"tel:7042;phone-context=example.com", "7042", false, "example.com", "", ""},
		{"tel:863-1234;ISUB=12;Ext=3-4;phone-context=+1-914-555", "863-1234", false, "+1-914-555", "3-4", "12"},
		{"tel:7042", "7042", false, "", "", ""}, // lenient
		{"sip:+1-201;ext=5;isub=6@gw.example.com;user=phone;ext=7", "+1-201", true, "", "5", "6"},
		{"sips:7042;phone-context=h@gw;User=Phone", "7042", false, "h", "", ""},
		{"sip:+1@gw", "", false, "", "", ""},
		{"sip:+1@gw;user=ip", "", false, "", "", ""},
		{"sip:gw;user=phone", "", false, "", "", ""},
		{"urn:service:sos", "", false, "", "", ""},
	} {
		b := []byte(c.uri)
		var u URI
		var n TelURI
		if e := ParseURI(b, &u); e != OK {
			t.Fatal(e)
		}
		ok := u.Tel(b, &n)
		got := [...]string{string(n.Number.Of(b)), string(n.PhoneContext.Of(b)), string(n.Ext.Of(b)), string(n.Isub.Of(b))}
		if ok != (c.number != "") || n.Global != c.global || got != [...]string{c.number, c.context, c.ext, c.isub} {
			t.Errorf("%s: %q, global %v, %v", c.uri, got, n.Global, ok)
		}
	}
}

// visual-separator = "-" / "." / "(" / ")"
func TestAppendDigits(t *testing.T) {
	wantText(t, "digits", AppendDigits([]byte("x"), []byte("+1(201) 555-01.23")), "x+1201 5550123")
}
