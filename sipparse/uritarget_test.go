package sipparse

import "testing"

func TestSameTarget(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"sip:alice@example.com", "sip:alice@EXAMPLE.com:5060;transport=tcp", true},
		{"sip:alice@example.com", "sips:alice:pw@example.com?x=y", true},
		{"sip:%61lice@example.com", "sip:alice@example.com", true},
		{"sip:example.com", "sip:example.com;lr", true},
		{"sip:example.com", "sip:alice@example.com", false},
		{"sip:alice@example.com", "sip:Alice@example.com", false},
		{"sip:alice@example.com", "sip:alice@example.org", false},
		{"sip:alice@[2001:db8::1]", "sip:alice@[2001:db8:0::1]", true},
		{"tel:+1-234", "tel:+1234", true},
		{"tel:+1234", "tel:+12345", false},
		{"tel:+1234", "sip:+1234@example.com", false},
		{"urn:a", "urn:a", true},
	} {
		var u, v URI
		if ParseURI([]byte(c.a), &u) != OK || ParseURI([]byte(c.b), &v) != OK {
			t.Fatal(c)
		}
		if u.SameTarget([]byte(c.a), &v, []byte(c.b)) != c.want || v.SameTarget([]byte(c.b), &u, []byte(c.a)) != c.want {
			t.Errorf("%s and %s: not %v", c.a, c.b, c.want)
		}
	}
}
