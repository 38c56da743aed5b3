package proxy

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// RFC 3261 §19.1.1, table 1: method and headers are not allowed in a Request-URI; §16.6 2:
// "they MUST be removed".
func TestPermittedURI(t *testing.T) {
	for _, c := range []struct{ uri, want string }{ // "" for: as it is
		{"sip:a@b;method=INVITE", "sip:a@b"},
		{"sip:a@b:5070;x=1;Method=INVITE;y?Subject=z", "sip:a@b:5070;x=1;y"},
		{"sip:a;method=x@b;%6dethod=y;lr", "sip:a;method=x@b;%6dethod=y;lr"},
		{"sips:a@[2001:db8::1]:5061?X=1", "sips:a@[2001:db8::1]:5061"},
		{"sip:a@b;maddr=c", ""},
		{"sip:a?b@c", ""},
		{"tel:+49;m=1", ""},
		{"nosuch:x?y", ""},
	} {
		got, ok := appendPermitted(nil, []byte(c.uri))
		if !mayHaveForbidden([]byte(c.uri)) {
			ok = false
		}
		if !ok {
			got = nil
		}
		if string(got) != c.want {
			t.Errorf("%s becomes %q, want %q", c.uri, got, c.want)
		}
	}
}

// RFC 3327 §4: path-value = name-addr *( SEMI rr-param ), a list with commas.
func TestPathList(t *testing.T) {
	for text, want := range map[string]string{ // first URI; "" for what is refused
		"<sip:a;lr>":                          "sip:a;lr",
		"<sip:a;lr>,<sip:b>":                  "sip:a;lr",
		"\"x, <y>\" <sip:a;lr>;p=1 , <sip:b>": "sip:a;lr",
		"<sip:a,b@c;lr>,<sip:d>":              "sip:a,b@c;lr",
		"sip:a;lr":                            "sip:a",
		"<sip:a>,":                            "",
		",<sip:a>":                            "",
		"<sip:a":                              "",
		"<a>":                                 "",
		"<sip:a>\r\nX: y":                     "",
		"<sip:a>\r\n ,<sip:b>":                "sip:a",
		"\"<sip:a>":                           "",
	} {
		var tg Target
		ok := tg.SetPath([]byte(text))
		got := ""
		if ok {
			got = string(tg.nextURI(nil))
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	var tg Target
	if !tg.SetPath([]byte("<sip:a>")) || !tg.SetPath(nil) || tg.Path() != nil {
		t.Error("an empty path does not remove it")
	}
	if tg.SetPath([]byte("<sip:" + strings.Repeat("a", maxPath) + ">")) {
		t.Error("a path has no limit")
	}
}

// RFC 3261 §16.6 4: "If the Request-URI contains a SIPS URI ... the URI placed into the
// Record-Route header field MUST be a SIPS URI", on the side that is TLS.
func TestSecureRecordRoute(t *testing.T) {
	for uri, want := range map[string]bool{"sips:a@b": true, "SIPS:a@b": true, "sip:a@b": false, "sip:sips:a@b": false, "": false} {
		if got := isSIPS([]byte(uri)); got != want {
			t.Errorf("%q: %v", uri, got)
		}
	}
	for p, want := range map[transport.Proto]bool{transport.UDP: false, transport.TCP: false, transport.TLS: true, transport.WS: false, transport.WSS: true} {
		if secure(p) != want {
			t.Errorf("%v: %v", p, secure(p))
		}
	}
}

// forward(), send() and force_send_socket() take [proto:]host[:port].
func TestParseDest(t *testing.T) {
	for text, want := range map[string]string{ // the URI it stands for; "" for none
		"udp:192.0.2.1:5070":   "sip:192.0.2.1:5070;transport=udp",
		"TCP:host.example.com": "sip:host.example.com;transport=tcp",
		"192.0.2.1":            "sip:192.0.2.1",
		"host.example.com:1":   "sip:host.example.com:1",
		"[2001:db8::1]:5070":   "sip:[2001:db8::1]:5070",
		"ws:[2001:db8::1]":     "sip:[2001:db8::1];transport=ws",
		"":                     "",
		"udp:":                 "",
		"host:0":               "",
		"host:65536":           "",
		"host:5060x":           "",
		"a b":                  "",
		"user@host":            "",
		"host;lr":              "",
		"2001:db8::1":          "",
	} {
		got := ""
		if d, ok := parseDest([]byte(text)); ok {
			got = string(d.appendURI(nil))
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// RFC 3261 §16.5: the same URI is not added twice; the way there counts as well.
//
// checklist: C015
func TestEqualTargets(t *testing.T) {
	r := requestFrom(t, "sip:a@example.com", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx", "192.0.2.7")
	tx := &Transaction{Req: r}
	first := &branch{}
	tx.branches = []*branch{first}
	for _, c := range []struct {
		uri, dst, path string
		want           bool
	}{
		{"sip:a@example.com", "", "", true},
		{"SIP:%61@EXAMPLE.com", "", "", true},
		{"sip:A@example.com", "", "", false},
		{"sip:a@example.com:5060", "", "", false},
		{"sip:a@example.com", "sip:b", "", false},
		{"sip:a@example.com", "", "<sip:b;lr>", false},
	} {
		var tg Target
		tg.SetURI([]byte(c.uri))
		tg.SetDst([]byte(c.dst))
		tg.SetPath([]byte(c.path))
		if got := tx.hasTarget(0, &tg); got != c.want {
			t.Errorf("%s, dst %q, path %q: %v, want %v", c.uri, c.dst, c.path, got, c.want)
		}
		if tx.hasTarget(1, &tg) {
			t.Errorf("%s equals a branch of an earlier t_relay", c.uri)
		}
	}
}

// RFC 3261 §20.40, §20.29: Unsupported lists what Proxy-Require lists and nobody knows.
func TestKnownOptions(t *testing.T) {
	p := &Proxy{set: Settings{ProxyRequireOptions: []string{"sec-agree"}}}
	for line, want := range map[string]bool{
		"": true, "Proxy-Require: sec-agree\r\n": true, "Proxy-Require:\r\n": true, "Proxy-Require: Sec-Agree, ,\r\n": true,
		"Proxy-Require: sec-agree, foo\r\n": false, "Proxy-Require: sec-agree\r\nProxy-Require: foo\r\n": false, "Proxy-Require: \"\r\n": false,
	} {
		var m sipparse.Msg
		text := "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>\r\nTo: <sip:a>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" + line + "\r\n"
		if err := m.Parse([]byte(text)); err != sipparse.OK {
			t.Fatal(err)
		}
		if got := p.knowsAll(&m); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}
