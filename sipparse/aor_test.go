package sipparse

import (
	"bytes"
	"testing"
)

var aors = []struct{ uri, user, full string }{
	{"sip:alice@example.com", "alice", "alice@example.com"},
	{"sips:Al%69ce:pw@EXAMPLE.com:5061;user=phone?a=b", "Alice", "Alice@example.com"},
	{"sip:%75se%72@example.com", "user", "user@example.com"}, // RFC 4475 §3.1.1.3
	{"sip:a;b=c?d/e@h", "a;b=c?d/e", "a;b=c?d/e@h"},
	{"sip:a%3Bb@h", "a;b", "a;b@h"},
	{"sip:+1-201@h;user=phone", "+1-201", "+1-201@h"}, // separators are part of the user
	{"sip:a@[2001:DB8:0::0001]:5060", "a", "a@[2001:db8::1]"},
	{"sip:a@[::ffff:c000:201]", "a", "a@[::ffff:192.0.2.1]"},
	{"sip:a@[2001:db8:::192.0.2.1]", "a", "a@[2001:db8::c000:201]"}, // RFC 5118 §4.10
	{"sip:a@[Fe:1]", "a", "a@[fe:1]"},
	{"sip:Example.com", "", "example.com"},

	// What may not stand in a user part stays escaped.
	{"sip:sips%3auser%40example.com@example.net", "sips%3Auser%40example.com", "sips%3Auser%40example.com@example.net"},
	{"sip:I%20have%20spaces@h", "I%20have%20spaces", "I%20have%20spaces@h"},
	{"sip:null-%00-null@h", "null-%00-null", "null-%00-null@h"}, // RFC 4475 §3.1.1.4
	{"sip:%2500@h", "%2500", "%2500@h"},
	{"sip:%0d%0a%7f%22%3c%3e@h", "%0D%0A%7F%22%3C%3E", "%0D%0A%7F%22%3C%3E@h"},
	{"sip:%25%zz%4@h", "%25%25zz%254", "%25%25zz%254@h"},
	{"sip:m\xc3\xbcller%ff@h", "m%C3%BCller%FF", "m%C3%BCller%FF@h"},

	{"tel:+1-201-555.(0123);ext=1", "+12015550123", "+12015550123"},
	{"tel:863-1234;x;Phone-Context=Example.com", "8631234;phone-context=example.com", "8631234;phone-context=example.com"},
	{"tel:1-2;phone-context=+1-914-555", "12;phone-context=+1914555", "12;phone-context=+1914555"},
	{"tel:1%3b;phone-context=%2b1-2%3b", "1%3B;phone-context=+12%3B", "1%3B;phone-context=+12%3B"},
	{"tel:-%2B1", "+1", "+1"},
	{"tel:7042", "", ""}, // a local number MUST have a phone-context; RFC 3966 §5.1.5
	{"tel:7042;phone-context=", "", ""},
	{"tel:-", "", ""},
	{"urn:service:sos", "", ""},
}

// "all URI parameters MUST be removed ... and any escaped characters MUST be
// converted to their unescaped form"; RFC 3261 §10.3 step 5
func TestAoR(t *testing.T) {
	for _, c := range aors {
		b := []byte(c.uri)
		var u URI
		if e := ParseURI(b, &u); e != OK {
			t.Fatalf("%s: %v", c.uri, e)
		}
		for _, x := range []struct {
			domain bool
			want   string
		}{{false, c.user}, {true, c.full}} {
			got, e := AppendAoR([]byte("x"), b, &u, AoROptions{Domain: x.domain, CaseSensitive: true})
			if string(got) != "x"+x.want || (e != OK) != (x.want == "") {
				t.Errorf("%s: %q, %v, want %q", c.uri, got, e, x.want)
			}
		}
	}
}

// case_sensitive=0: the user in lower case too, but no hex digit.
func TestAoRFolded(t *testing.T) {
	b := []byte("sip:A%4Ci%C3%89@EXAMPLE.com")
	var u URI
	ParseURI(b, &u)
	got, e := AppendAoR(nil, b, &u, AoROptions{Domain: true})
	if string(got) != "ali%C3%89@example.com" || e != OK {
		t.Errorf("%q, %v", got, e)
	}
}

// An address of record is visible ASCII, and its own: read as a URI, it comes out
// as it is.
func FuzzAoR(f *testing.F) {
	for _, c := range aors {
		f.Add([]byte(c.uri), true, true)
		f.Add([]byte(c.uri), false, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, domain, caseSensitive bool) {
		var u URI
		if ParseURI(b, &u) != OK {
			return
		}
		o := AoROptions{domain, caseSensitive}
		aor, e := AppendAoR(nil, b, &u, o)
		if (e == OK) != (len(aor) > 0) {
			t.Fatalf("%q, %v", aor, e)
		}
		if e != OK {
			return
		}
		for _, c := range aor {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q: %q", b, aor)
			}
		}
		uri := append([]byte("sip:"), aor...)
		switch {
		case u.Scheme == SchemeTel:
			uri = append([]byte("tel:"), aor...)
		case !domain:
			uri = append(uri, "@h"...)
		}
		if e := ParseURI(uri, &u); e != OK {
			t.Fatalf("%q: %v", uri, e)
		}
		if again, _ := AppendAoR(nil, uri, &u, o); !bytes.Equal(again, aor) {
			t.Fatalf("%q, then %q", aor, again)
		}
	})
}
