package sipparse

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// "The URIs within each of the following sets are equivalent"; RFC 3261 §19.1.4. And
// what its rules say besides.
var equalURIs = [][]string{
	{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"},
	{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"},
	{"sip:carol@chicago.com", "sip:carol@chicago.com;security=on"},
	{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"},
	{"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"},
	{"sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"},

	{"sip:a@h", "SIP:a@H", "sip:%61@h;", "sip:a@h;;x="},
	{"sip:a@h:05060", "sip:a@h:5060"},
	{"sip:a:%70w@h", "sip:a:pw@h"},
	{"sip:%3a@h", "sip:%3A@h"}, // HEXDIG in any case
	{"sip:a@h;x=%41", "sip:a@h;X=a", "sip:a@h;%78=A"},
	{"sip:a@h;lr", "sip:a@h;%6C%72", "sip:a@h;lr="}, // RFC 4475 §3.1.1.3
	{"sip:a@h?Subject=x", "sip:a@h?s=x", "sip:a@h?%73=%78"},
	{"sip:a@h?r=1&r=2", "sip:a@h?r=2&R=1"},
	{"sips:a@h;maddr=H2", "sips:a@h;maddr=h2"},
	{"sip:%25@h", "sip:%@h"}, // lenient: no escape is a "%"

	// "IPv6 addresses are compared by value": RFC 5954 §4.2.
	{"sip:a@[2001:db8::9:1]", "sip:a@[2001:db8::9:01]", "sip:a@[2001:0DB8:0:0::9:1]", "sip:a@[2001:db8:::9:1]"},
	{"sip:[::ffff:192.0.2.1]", "sip:[::FFFF:c000:0201]"},
	{"sip:a@h;maddr=[::1]", "sip:a@h;maddr=[0:0::1]"},

	// RFC 3966 §4.
	{"tel:+1-201-555-0123", "tel:+12015550123", "TEL:+1(201)555.0123", "tel:+1%2d2015550123"},
	{"tel:7042;phone-context=example.com", "tel:70-42;Phone-Context=EXAMPLE.com"},
	{"tel:863-1234;phone-context=+1-914-555;x=A", "tel:8631234;x=a;phone-context=+1914555"},
	{"tel:+1;ext=1-2;isub=x", "tel:+1;isub=X;ext=12"},
	{"tel:7aF;phone-context=h", "tel:7Af;phone-context=h"},

	{"urn:service:sos", "URN:service:sos"},
	{"http://h/x", "HTTP://h/x"},
	{"nonsense", "nonsense"},
}

// "The URIs within each of the following sets are not equivalent"; RFC 3261 §19.1.4.
var otherURIs = [][]string{
	{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"},
	{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"},
	{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"},
	{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"},
	{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"},
	{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"},
	{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"}, // not transitive

	{"sip:a@h", "sips:a@h"}, // "A SIP and SIPS URI are never equivalent."
	{"sip:a@h", "sip:h", "sip:a:@h", "sip:a:p@h", "sip:a:P@h", "sip:a@h:5061", "sip:a@h:0", "sip:a@h.", "sip:b@h"},
	{"sip:a@h", "sip:a@h;user=ip", "sip:a@h;ttl=1", "sip:a@h;method=INVITE", "sip:a@h;maddr=h", "sip:a@h;transport=tcp", "sip:a@h;%75ser=phone"},
	{"sip:a@h;method=INVITE", "sip:a@h;method=invite"}, // INVITEm = %x49.4E.56.49.54.45 ; INVITE in caps
	{"sip:a%3Bb@h", "sip:a;b@h"}, // "other than those in the "reserved" set"
	{"sip:%2B1@h", "sip:+1@h"},
	{"sip:%2541@h", "sip:A@h"}, // is resolved once
	{"sip:a@h?Subject=x", "sip:a@h?Subject=X", "sip:a@h?Subject=x&Subject=x", "sip:a@h?Subject=x&to=y", "sip:a@h?Subject="},
	{"sip:a@h;x=1;x=2", "sip:a@h;x=2;x=1"}, // RFC 3261 §19.1.1: may not be there twice
	{"sip:+1-2@h;user=phone", "sip:+12@h;user=phone"},

	// RFC 4475 §3.1.1.4: a NUL does not end a string.
	{"sip:null-%00-null@example.com", "sip:null-@example.com", "sip:null-%00-other@example.com", "sip:null--null@example.com"},
	{"sip:%00@host5.example.com", "sip:%00%00@host5.example.com", "sip:host5.example.com", "sip:%2500@host5.example.com"},

	{"sip:a@[::1]", "sip:a@[::2]", "sip:a@[::x]"},
	{"sip:[::ffff:192.0.2.1]", "sip:192.0.2.1"},
	{"sip:192.0.2.1", "sip:192.0.2.01"},

	{"tel:+1", "tel:1", "tel:+1;x", "tel:+1;ext=1", "tel:+2", "tel:+1;phone-context=h", "sip:+1@h;user=phone"},
	{"tel:1;phone-context=a", "tel:1;phone-context=b", "tel:1"},
	{"tel:1;phone-context=a-b", "tel:1;phone-context=ab"},
	{"tel:%2B1", "tel:+1"},
	{"urn:service:sos", "urn:service:SOS"},
	{"nonsense", "Nonsense", "sip:"},
}

// RFC 3261 §19.1.4, RFC 5954 and RFC 3966 §4: which URIs are the same and which are not.
//
// checklist: C074
func TestURIEqual(t *testing.T) {
	for _, c := range []struct {
		sets [][]string
		want bool
	}{{equalURIs, true}, {otherURIs, false}} {
		for _, set := range c.sets {
			for i, a := range set {
				for j, b := range set {
					if got := URIEqual([]byte(a), []byte(b)); got != (c.want || i == j) {
						t.Errorf("%s and %s: %v", a, b, got)
					}
				}
			}
		}
	}
}

// Who sends thousands of parameters gets bytes compared: no work grows with their
// square.
func TestURIEqualLimits(t *testing.T) {
	many := func(n int, sep string) []byte { return []byte("sip:A@h" + strings.Repeat(sep+"x=1", n)) }
	for _, c := range []struct {
		uri  []byte
		want bool
	}{
		{many(maxURIPairs, ";"), true},
		{many(maxURIPairs+1, ";"), false},
		{append([]byte("sip:A@h?x=1"), many(maxURIPairs-1, "&")[len("sip:A@h"):]...), true},
		{append([]byte("sip:A@h?x=1"), many(maxURIPairs, "&")[len("sip:A@h"):]...), false},
		{[]byte("sip:A@h;" + strings.Repeat("x", maxURIPairsText)), true},
		{[]byte("sip:A@h;" + strings.Repeat("x", maxURIPairsText+1)), false},
		{many(5000, ";"), false},
	} {
		other := bytes.Replace(c.uri, []byte("A"), []byte("%41"), 1)
		if !URIEqual(c.uri, bytes.Clone(c.uri)) {
			t.Errorf("%d bytes: not equal to themselves", len(c.uri))
		}
		if URIEqual(c.uri, other) != c.want || URIEqual(other, c.uri) != c.want {
			t.Errorf("%d bytes: %v, but for an escape", len(c.uri), !c.want)
		}
	}
}

func TestNoAllocationsURI(t *testing.T) {
	a, b := []byte(equalURIs[4][0]+"&x=y"), []byte(equalURIs[4][1]+"&X=y")
	c, d := []byte("tel:863-1234;phone-context=+1-914;x"), []byte("tel:8631234;x;phone-context=+1914")
	v6, v4 := []byte("[2001:db8::192.0.2.1]"), []byte("192.0.2.1")
	sip := []byte("sip:Al%69ce:pw@[::1];user=phone")
	out := make([]byte, 0, 256)
	wantNoAllocs(t, "URIEqual", func() {
		if !URIEqual(a, b) || !URIEqual(c, d) {
			t.Error("not equal")
		}
	})
	wantNoAllocs(t, "HostAddr", func() { HostAddr(v6); HostAddr(v4); HostAddr(a) })
	wantNoAllocs(t, "AppendAoR", func() {
		var u URI
		var n TelURI
		ParseURI(sip, &u)
		u.Tel(sip, &n)
		out, _ = AppendAoR(out[:0], sip, &u, AoROptions{Domain: true})
		ParseURI(c, &u)
		u.Tel(c, &n)
		out, _ = AppendAoR(out, c, &u, AoROptions{})
		out = AppendEscapedUser(AppendUnescaped(AppendDigits(out, c), a), b)
	})
}

// The relation is reflexive and symmetric, equal URIs have equal addresses of
// record, and a URI that is written in another way stays equal.
func FuzzURIEqual(f *testing.F) {
	for _, sets := range [][][]string{equalURIs, otherURIs} {
		for i, set := range sets {
			f.Add([]byte(set[0]), []byte(set[1]), uint64(i)*0x9e3779b97f4a7c15)
		}
	}
	f.Fuzz(func(t *testing.T, a, b []byte, bits uint64) {
		equal := URIEqual(a, b)
		if URIEqual(b, a) != equal {
			t.Fatalf("%q and %q: not symmetric", a, b)
		}
		if !URIEqual(a, bytes.Clone(a)) {
			t.Fatalf("%q: not reflexive", a)
		}
		if equal {
			checkSameAoR(t, a, b)
		}
		if other := respell(a, bits); other != nil && !URIEqual(a, other) {
			t.Fatalf("%q and %q: not equal", a, other)
		}
	})
}

func checkSameAoR(t *testing.T, a, b []byte) {
	var u, v URI
	if ParseURI(a, &u) != OK || ParseURI(b, &v) != OK {
		return
	}
	for _, o := range [...]AoROptions{{}, {Domain: true}, {CaseSensitive: true}, {true, true}} {
		x, e := AppendAoR(nil, a, &u, o)
		y, e2 := AppendAoR(nil, b, &v, o)
		if e != e2 || !bytes.Equal(x, y) {
			t.Fatalf("%q and %q are equal, but not %q and %q", a, b, x, y)
		}
	}
}

// respell writes a sip or tel URI in another way, as bits say; nil if the rules of
// parts do not apply to it.
func respell(b []byte, bits uint64) []byte {
	var u URI
	if ParseURI(b, &u) != OK || u.Scheme > SchemeTel || u.Scheme == SchemeOther {
		return nil
	}
	x := sideOf(b, &u)
	if !x.small() {
		return nil
	}
	w := respeller{bits: bits}
	out := w.upper(u.SchemeSpan.Of(b))
	out = append(out, ':')
	out = append(out, w.escape(u.User.Of(b))...)
	if !u.Password.IsZero() {
		out = append(append(out, ':'), w.escape(u.Password.Of(b))...)
	}
	if !u.User.IsZero() && u.Scheme != SchemeTel {
		out = append(out, '@')
	}
	out = append(out, w.upper(u.Host.Of(b))...)
	if !u.PortSpan.IsZero() {
		out = fmt.Appendf(out, ":00%d", u.Port)
	}
	params, ok := w.pairs(u.ParamPairs(b), ";")
	headers, _ := w.pairs(u.HeaderPairs(b), "&")
	if len(headers) > 0 {
		headers[0] = '?'
	}
	out = append(append(out, params...), headers...)
	var v URI
	if ParseURI(out, &v) != OK {
		return nil
	}
	if y := sideOf(out, &v); !ok || !y.small() {
		return nil
	}
	return out
}

type respeller struct{ bits uint64 }

func (w *respeller) bit() bool {
	w.bits = w.bits>>1 | w.bits<<63
	return w.bits&1 != 0
}

func (w *respeller) upper(b []byte) []byte {
	if w.bit() {
		return bytes.ToUpper(b)
	}
	return bytes.Clone(b)
}

// escape escapes what is neither reserved nor part of an escape.
func (w *respeller) escape(b []byte) (out []byte) {
	for p := 0; p < len(b); {
		c, n := unescape(b, p)
		if n == 1 && plains[c]&reserved == 0 && w.bit() {
			out = fmt.Appendf(out, "%%%02x", c)
		} else {
			out = append(out, b[p:p+n]...)
		}
		p += n
	}
	return out
}

// pairs writes parameters or headers in reverse order; not ok if a name is there
// twice.
func (w *respeller) pairs(it URIPairs, sep string) (out []byte, ok bool) {
	var p, q URIPair
	ok = true
	for it.Next(&p) {
		ok = ok && !it.find(p.Name.Of(it.b), &q)
		text := append([]byte(sep), w.escape(p.Name.Of(it.b))...)
		if !p.Value.IsZero() {
			text = append(append(text, '='), w.escape(p.Value.Of(it.b))...)
		}
		out = append(text, out...)
	}
	return out, ok
}
