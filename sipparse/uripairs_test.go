package sipparse

import (
	"strings"
	"testing"
)

func TestURIPairs(t *testing.T) {
	for _, c := range []struct{ uri, params, headers string }{
		{"sip:h", "", ""},
		{"sip:h;lr;Transport=TCP;;x=;y=a=b?to=sip:a%40b&Subject=&z", "lr Transport/TCP x/ y/a=b", "to/sip:a%40b Subject/ z"},
		{"sip:h?a=b&&c=d", "", "a/b c/d"},
		{"sip:h;a=b;", "a/b", ""},
		{"tel:+1;ext=7;isub=x?y", "ext/7 isub/x?y", ""},
		{"urn:a:b;c", "", ""},
	} {
		b := []byte(c.uri)
		var u URI
		if e := ParseURI(b, &u); e != OK {
			t.Fatal(e)
		}
		wantPairs(t, b, u.ParamPairs(b), c.params)
		wantPairs(t, b, u.HeaderPairs(b), c.headers)
	}
}

// A proxy asks for maddr, transport and lr: what others see there it has to see too,
// behind a comma, and escaped (RFC 4475 §3.1.1.3).
func TestURIParamAsOthersSeeIt(t *testing.T) {
	for _, c := range []struct {
		uri, name, want string
		there           bool
	}{
		{"sip:h;x=,;lr", "lr", "", true},
		{"sip:h;x=,;maddr=192.0.2.1", "maddr", "192.0.2.1", true},
		{"sip:h;maddr=192.0.2.1,a", "maddr", "192.0.2.1,a", true},
		{"sip:h;%6C%72", "lr", "", true},
		{"sip:h;TransPort=tcp;transport=udp", "transport", "tcp", true},
		{"sip:h;x=;lr", "x", "", true},
		{"sip:h;;lr;", "LR", "", true},
		{"sip:h;lrs?lr", "lr", "", false},
		{"sip:h", "", "", false},
	} {
		b := []byte(c.uri)
		var u URI
		if e := ParseURI(b, &u); e != OK {
			t.Fatal(e)
		}
		v, ok := u.Param(b, c.name)
		if ok != c.there || string(v) != c.want || len(v) == 0 && v != nil {
			t.Errorf("%s of %s: %q, %v; want %q, %v", c.name, c.uri, v, ok, c.want, c.there)
		}
	}
}

func wantPairs(t *testing.T, b []byte, it URIPairs, want string) {
	t.Helper()
	var got []string
	var p URIPair
	for it.Next(&p) {
		text := string(p.Name.Of(b))
		if !p.Value.IsZero() {
			text += "/" + string(p.Value.Of(b))
		}
		got = append(got, text)
		wantText(t, "whole", p.Whole.Of(b), strings.Replace(text, "/", "=", 1))
	}
	if s := strings.Join(got, " "); s != want || it.Next(&p) {
		t.Errorf("%s: %q, want %q", b, s, want)
	}
}
