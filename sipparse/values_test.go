package sipparse

import (
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for e := OK; int(e) < len(errorTable); e++ {
		if e.Reason() == "" || e.Error() != e.Reason() {
			t.Errorf("error %d has no reason", e)
		}
		if s := e.Status(); s != 0 && s/100 != 4 && s/100 != 5 {
			t.Errorf("%v: status %d", e, s)
		}
	}
	var err error = ErrCSeq // is an error to whoever likes one
	if err.Error() != "Bad CSeq" || ErrCSeq.Status() != 400 || ErrVersion.Status() != 505 || ErrStatusCode.Status() != 0 {
		t.Error("wrong status")
	}
}

func TestMethods(t *testing.T) {
	for m := Invite; int(m) < len(methodNames); m++ {
		if MethodOf([]byte(m.String())) != m {
			t.Errorf("%v is not itself", m)
		}
	}
	for _, s := range []string{"", "invite", "INVITEX", "RE%47IST%45R"} { // "The method token is case-sensitive"; §7.1
		if MethodOf([]byte(s)) != MethodOther {
			t.Errorf("%q is known", s)
		}
	}
}

// "When comparing header fields, field names are always case-insensitive"; RFC 3261 §7.3.1
func TestHdrTypes(t *testing.T) {
	for typ := HdrOther + 1; typ < numHdrTypes; typ++ {
		name := typ.String()
		for _, s := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			if got := HdrTypeOf([]byte(s)); got != typ {
				t.Errorf("%q is %q", s, got)
			}
		}
		if c := typ.Compact(); c != 0 && (HdrTypeOf([]byte{c}) != typ || HdrTypeOf([]byte{c &^ 0x20}) != typ) {
			t.Errorf("%c is not %s", c, name)
		}
	}
	for _, s := range []string{"", "z", "Vi", "Viaa", "Via\x00", "\x00", "Call\rID", "Call ID", "X-Header", strings.Repeat("x", 100)} {
		if got := HdrTypeOf([]byte(s)); got != HdrOther {
			t.Errorf("%q is %q", s, got)
		}
	}
}

// "every header in the IANA registry": 134 names, of which 20 have a compact form.
func TestIANARegistry(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(string(readFile(t, "testdata/iana-headers.tsv"))), "\n")[1:]
	if len(rows) != 134 {
		t.Errorf("%d names", len(rows))
	}
	for _, row := range rows {
		name, compact, _ := strings.Cut(row, "\t")
		typ := HdrTypeOf([]byte(name))
		if typ == HdrOther || typ.String() != name {
			t.Errorf("%q is %q", name, typ)
		}
		if c := typ.Compact(); c != 0 && compact != string(c) || c == 0 && compact != "" {
			t.Errorf("the compact form of %s is %q, not %q", name, c, compact)
		}
		if typ.bit()&single != 0 && typ.index() == typ {
			continue // is in the message already
		}
		m := parse(t, request("X: a\n"+name+"-: b\n"+name+": found\n"+name+": again\n"))
		i := m.Find(typ, 6)
		wantText(t, name, m.Header(i).Value.Of(m.Buf()), "found")
		wantText(t, name+", the second", m.Header(m.FindName([]byte(name), i+1)).Value.Of(m.Buf()), "again")
	}
}

// RFC 3261 §20 and the registrations of the compact forms since.
func TestCompactForms(t *testing.T) {
	for c, want := range map[string]HdrType{
		"a": HdrAcceptContact, "b": HdrReferredBy, "c": HdrContentType, "d": HdrRequestDisposition,
		"e": HdrContentEncoding, "f": HdrFrom, "i": HdrCallID, "j": HdrRejectContact, "k": HdrSupported,
		"l": HdrContentLength, "m": HdrContact, "n": HdrIdentityInfo, "o": HdrEvent, "r": HdrReferTo, "s": HdrSubject,
		"t": HdrTo, "u": HdrAllowEvents, "v": HdrVia, "x": HdrSessionExpires, "y": HdrIdentity,
	} {
		if got := HdrTypeOf([]byte(c)); got != want {
			t.Errorf("%s is %v, want %v", c, got, want)
		}
	}
}

// "The sequence number value MUST be expressible as a 32-bit unsigned integer and
// MUST be less than 2**31"; RFC 3261 §8.1.1.5
func TestCSeq(t *testing.T) {
	for _, c := range []struct {
		value string
		n     uint32
		want  Error
	}{
		{"7 OPTIONS", 7, OK},
		{"0 OPTIONS", 0, OK},
		{"0009\n  OPTIONS", 9, OK},
		{"7\tOPTIONS", 7, OK},
		{"7OPTIONS", 0, ErrCSeq},
		{"2147483647 OPTIONS", 1<<31 - 1, OK},
		{"2147483648 OPTIONS", 0, ErrCSeqRange},
		{"4294967303 OPTIONS", 0, ErrCSeqRange}, // 7 in 32 bits
		{"36893488147419103232 OPTIONS", 0, ErrCSeqRange},
		{"-1 OPTIONS", 0, ErrCSeq},
		{"7", 0, ErrCSeq},
		{"OPTIONS", 0, ErrCSeq},
		{"", 0, ErrCSeq},
		{"7 OPTIONS x", 0, ErrCSeq},
		{"7 INVITE", 7, ErrCSeqMethod},
		{"7 options", 7, ErrCSeqMethod},
		{"7 OTHER", 7, ErrCSeqMethod},
	} {
		b := strings.Replace(string(request("")), "7 OPTIONS", strings.ReplaceAll(c.value, "\n", crlf), 1)
		var m Msg
		if got := m.Parse([]byte(b)); got != c.want || m.CSeq() != c.n {
			t.Errorf("%q: %d, %v; want %d, %v", c.value, m.CSeq(), got, c.n, c.want)
		}
	}
}

// via-parm = sent-protocol LWS sent-by *( SEMI via-params ); RFC 3261 §20.42
func TestVia(t *testing.T) {
	b := []byte("SIP/2.0/UDP 192.0.2.1:5062;maddr=224.2.0.1 ; ttl=16;branch=z9hG4bK7;received=192.0.2.207;RPORT=4711;x=\"a;b\"")
	v := mustVia(t, string(b))
	wantText(t, "whole", v.Whole.Of(b), string(b))
	wantText(t, "protocol", v.Protocol.Of(b), "SIP/2.0")
	wantText(t, "transport", v.Transport.Of(b), "UDP")
	wantText(t, "host", v.Host.Of(b), "192.0.2.1")
	wantText(t, "branch", v.Branch.Of(b), "z9hG4bK7")
	wantText(t, "received", v.Received.Of(b), "192.0.2.207")
	wantText(t, "received parameter", v.ReceivedSpan.Of(b), "received=192.0.2.207")
	wantText(t, "rport parameter", v.RportSpan.Of(b), "RPORT=4711")
	wantText(t, "maddr", v.Maddr.Of(b), "224.2.0.1")
	if v.Port != 5062 || !v.HasRport || v.Rport != 4711 || v.TTL != 16 || int(v.ParamsEnd) != len(b) {
		t.Errorf("%+v", v)
	}

	b = []byte("SIP / 2.0 / TCP   [2001:db8::9:1] : 5060 ; rport ")
	v = mustVia(t, string(b))
	wantText(t, "host", v.Host.Of(b), "[2001:db8::9:1]")
	wantText(t, "rport parameter", v.RportSpan.Of(b), "rport")
	wantText(t, "whole", v.Whole.Of(b), strings.TrimSpace(string(b)))
	if v.Port != 5060 || !v.HasRport || v.Rport != 0 || !v.Branch.IsZero() || v.Branch.Of(b) != nil {
		t.Errorf("%+v", v)
	}
}

func mustVia(t *testing.T, s string) (v Via) {
	t.Helper()
	if !parseFirstVia([]byte(s), 0, &v) {
		t.Errorf("%q is refused", s)
	}
	return v
}

func TestViaAccepted(t *testing.T) {
	for _, s := range []string{
		"SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK1", // RFC 7118 §8
		"SIP/2.0/UNKNOWN t5.example.com",                   // RFC 4475 §3.1.1.10
		"SIP/2.0/UDP my_host;branch=1",
		"SIP/2.0/UDP host;branch=z9hG4bK-d8754z-{x}@[1]=;flag",
		"SIP/2.0/UDP h;received=::1",
		"SIP/2.0/UDP h;rport=;x", // lenient: as rport
	} {
		mustVia(t, s)
	}
}

func TestViaRefused(t *testing.T) {
	for _, s := range []string{
		"", "SIP/2.0/UDP", "SIP/2.0 host", "SIP/2.0/UDP ", "/2.0/UDP host", "SIP/2.0/UDPhost", "SIP/2.0/UDP[::1]", "SIP/2.0/UDP host host",
		"SIP/2.0/UDP [2001:db8::1", "SIP/2.0/UDP 2001:db8::1", "SIP/2.0/UDP []", "SIP/2.0/UDP host:", "SIP/2.0/UDP host:65536",
		"SIP/2.0/UDP host:99999999999999999999", "SIP/2.0/UDP host;", "SIP/2.0/UDP host;;branch=1", "SIP/2.0/UDP host;branch",
		"SIP/2.0/UDP host;branch=", "SIP/2.0/UDP host;branch=1;branch=2", "SIP/2.0/UDP host;received=1;received=2",
		"SIP/2.0/UDP host;rport;rport=1", "SIP/2.0/UDP host;rport=x", "SIP/2.0/UDP host;ttl=256", "SIP/2.0/UDP host;x=\"a",
		"SIP/2.0/UDP host,", "SIP/2.0/UDP host;x=a\"b\"", "SIP/2.0/UDP 192.0.2.15;;,;,,",
	} {
		m := parse(t, []byte(strings.Replace(string(request("")), "SIP/2.0/UDP a.example.com;branch=z9hG4bK1", s, 1)))
		var v Via
		if m.TopVia() != nil {
			t.Errorf("%q is accepted", s)
		}
		if m.Via(0, &v) && m.Via(1, &v) {
			t.Errorf("%q is accepted", s)
		}
	}
}

// Values of one header may be on several lines or separated by commas, which is
// the same; RFC 3261 §7.3.1.
func TestVias(t *testing.T) {
	m := parse(t, crlfs(`
OPTIONS sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP 1.example.com;branch=z9hG4bK1;x="," , SIP/2.0/TCP 2.example.com
 ,SIP/2.0/TLS 3.example.com
From: <sip:alice@example.com>;tag=1
v:SIP/2.0/UDP 4.example.com
To: <sip:bob@example.com>
Call-ID: abc
CSeq: 7 OPTIONS
`))
	var v Via
	for i, want := range []string{"1.example.com", "2.example.com", "3.example.com", "4.example.com"} {
		if !m.Via(i, &v) {
			t.Fatalf("no Via %d", i)
		}
		wantText(t, "host", v.Host.Of(m.Buf()), want)
	}
	if m.Via(4, &v) {
		t.Error("there is a fifth")
	}
	wantText(t, "top", m.TopVia().Host.Of(m.Buf()), "1.example.com")
	it := m.Vias()
	for i := range 5 {
		if it.Next(&v) != (i < 4) {
			t.Fatalf("the walk is wrong at Via %d", i)
		}
	}
}

func TestOneVia(t *testing.T) {
	for vias, want := range map[string]bool{
		"Via: SIP/2.0/UDP h;branch=1 ": true, "v: SIP/2.0/UDP h\n ;x": true, "Via: SIP/2.0": false,
		"Via: SIP/2.0/UDP h, SIP/2.0/UDP g": false, "Via: SIP/2.0/UDP h\nVia: SIP/2.0/UDP g": false, "Via: SIP/2.0/UDP h\nX: y\nv: z": false,
	} {
		var m Msg
		m.Parse([]byte(crlfs("\nOPTIONS sip:a@b SIP/2.0\n" + vias + "\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n")))
		if got := m.OneVia(); got != want {
			t.Errorf("%q: %v", vias, got)
		}
	}
}

// SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]; RFC 3261 §19.1, §25.1
func TestURI(t *testing.T) {
	for _, c := range []struct {
		uri                           string
		scheme                        Scheme
		user, password, host, port    string
		params, headers, opaque, name string
	}{
		{uri: "sip:alice@atlanta.com", scheme: SchemeSIP, user: "alice", host: "atlanta.com"},
		{uri: "sip:alice:secretword@atlanta.com;transport=tcp", scheme: SchemeSIP, user: "alice", password: "secretword", host: "atlanta.com", params: "transport=tcp"},
		{uri: "sips:alice@atlanta.com?subject=project%20x&priority=urgent", scheme: SchemeSIPS, user: "alice", host: "atlanta.com", headers: "subject=project%20x&priority=urgent"},
		{uri: "sip:+1-212-555-1212:1234@gateway.com;user=phone", scheme: SchemeSIP, user: "+1-212-555-1212", password: "1234", host: "gateway.com", params: "user=phone"},
		{uri: "sips:1212@gateway.com", scheme: SchemeSIPS, user: "1212", host: "gateway.com"},
		{uri: "sip:alice@192.0.2.4:5060", scheme: SchemeSIP, user: "alice", host: "192.0.2.4", port: "5060"},
		{uri: "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", scheme: SchemeSIP, host: "atlanta.com", params: "method=REGISTER", headers: "to=alice%40atlanta.com"},
		{uri: "sip:alice;day=tuesday@atlanta.com", scheme: SchemeSIP, user: "alice;day=tuesday", host: "atlanta.com"},
		{uri: "SIP:a?b/c@[::1]:5061;lr", scheme: SchemeSIP, user: "a?b/c", host: "[::1]", port: "5061", params: "lr"},
		{uri: "sip:#21*@h_1", scheme: SchemeSIP, user: "#21*", host: "h_1"},
		{uri: "sip:h;", scheme: SchemeSIP, host: "h"},
		{uri: "tel:+358-555-1234567;postd=pp22", scheme: SchemeTel, user: "+358-555-1234567", params: "postd=pp22"},
		{uri: "urn:service:sos", scheme: SchemeURN, opaque: "service:sos"},
		{uri: "soap.beep://192.0.2.103:3002", opaque: "//192.0.2.103:3002"},
	} {
		b := []byte(c.uri)
		var u URI
		if e := ParseURI(b, &u); e != OK {
			t.Errorf("%s: %v", c.uri, e)
			continue
		}
		got := [...]string{string(u.User.Of(b)), string(u.Password.Of(b)), string(u.Host.Of(b)), string(u.PortSpan.Of(b)), string(u.Params.Of(b)), string(u.Headers.Of(b)), string(u.Opaque.Of(b))}
		want := [...]string{c.user, c.password, c.host, c.port, c.params, c.headers, c.opaque}
		if got != want || u.Scheme != c.scheme || string(AppendUint(nil, uint64(u.Port))) != max(c.port, "0") {
			t.Errorf("%s: %q scheme %d, want %q scheme %d", c.uri, got, u.Scheme, want, c.scheme)
		}
	}
}

func TestURIRefused(t *testing.T) {
	for _, s := range []string{
		"", "sip", "sip:", ":alice@example.com", "alice@example.com", "1sip:x", "sip:@example.com", "sip::pw@example.com",
		"sip:alice@", "sip:a@b@c", "sip:alice@host:", "sip:alice@host:65536", "sip:alice@host:x", "sip:2001:db8::10",
		"sip:[2001:db8::10", "sip:[]", "sip:a b@host", "sip:a@host lr", "<sip:a@host>", "sip:a@ho,st", "sip:a\"@host", "tel:", "tel:;x", "urn:", "sip:a@host:5060x",
	} {
		var u URI
		if e := ParseURI([]byte(s), &u); e != ErrURI {
			t.Errorf("%q: %v", s, e)
		}
	}
}

func TestURIParam(t *testing.T) {
	b := []byte("sip:h;lr;Transport=TCP;x=;maddr=[::1];;user=phone")
	var u URI
	if e := ParseURI(b, &u); e != OK {
		t.Fatal(e)
	}
	for name, want := range map[string]string{"lr": "", "transport": "TCP", "x": "", "maddr": "[::1]", "user": "phone"} {
		got, ok := u.Param(b, name)
		if !ok || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	if v, ok := u.Param(b, "LR"); !ok || v != nil {
		t.Error("lr has a value")
	}
	if _, ok := u.Param(b, "l"); ok {
		t.Error("l is there")
	}
}

// "( name-addr / addr-spec ) *( SEMI generic-param )"; RFC 3261 §20.10: without
// "<>", all parameters after the URI are header parameters.
func TestNameAddr(t *testing.T) {
	for _, c := range []struct{ in, display, uri, params, tag string }{
		{`<sip:a@b>`, "", "sip:a@b", "", ""},
		{`sip:a@b`, "", "sip:a@b", "", ""},
		{`sip:a@b;tag=7;lr`, "", "sip:a@b", ";tag=7;lr", "7"},
		{`<sip:a@b;lr>;tag=7`, "", "sip:a@b;lr", ";tag=7", "7"},
		{`"A. \"B\", <C>" <sip:a@b> ; TAG = 7`, `"A. \"B\", <C>"`, "sip:a@b", " ; TAG = 7", "7"},
		{`Bell<sip:a@b?x=y>`, "Bell", "sip:a@b?x=y", "", ""},
		{`A. G. Bell <sip:a@b>`, "A. G. Bell", "sip:a@b", "", ""},
		{"Bj\xc3\xb6rn (home) <tel:+15551234>", "Bj\xc3\xb6rn (home)", "tel:+15551234", "", ""},
		{"\"\" <sip:a@b>;x=\"a;tag=2\";tag=1", `""`, "sip:a@b", ";x=\"a;tag=2\";tag=1", "1"},
		{`<http://www.example.com>`, "", "http://www.example.com", "", ""},
		{`*`, "", "*", "", ""},
		{`<sip:a@b>;tag=`, "", "sip:a@b", ";tag=", ""}, // lenient, and so is the next
		{`<sip:a@b>;tag = ;x`, "", "sip:a@b", ";tag = ;x", ""},
		{"  sip:a@b ", "", "sip:a@b", "", ""},
	} {
		b := []byte(c.in)
		var n NameAddr
		if e := ParseNameAddr(b, &n); e != OK {
			t.Errorf("%q: %v", c.in, e)
			continue
		}
		got := [...]string{string(n.Display.Of(b)), string(n.URI.Of(b)), string(n.Params.Of(b)), string(n.Tag.Of(b))}
		if want := [...]string{c.display, c.uri, c.params, c.tag}; got != want {
			t.Errorf("%q: %q, want %q", c.in, got, want)
		}
		wantText(t, "whole", n.Whole.Of(b), strings.TrimSpace(c.in))
	}
}

func TestNameAddrRefused(t *testing.T) {
	for _, s := range []string{
		"", "a@b", "<>", "<a@b>", "<sip:a@b", "sip:a@b>", `"A <sip:a@b>`, `"A" sip:a@b`, `A"B" <sip:a@b>`,
		"< sip:a@b >", "<sip:a b>", "<sip:a@b>x", "<sip:a@b>;", "<sip:a@b>;;x", "<sip:a@b>;tag=1;tag=2", "<sip:a@b>;tag=;tag=2",
		"sip:a@b?x=y", "sip:a@b c", "Bell, A <sip:a@b>", "<sip:a@b>,", "<sip:a@b>,<sip:c@d>", "A <sip:a@b> <sip:c@d>", "A; <sip:a@b>", "<sip:a\"b@c>",
	} {
		var n NameAddr
		if e := ParseNameAddr([]byte(s), &n); e != ErrNameAddr {
			t.Errorf("%q: %v, %+v", s, e, n)
		}
	}
}

func TestNameAddrParam(t *testing.T) {
	b := []byte(`<sip:a@b;expires=1>;Expires = 3600;+sip.instance="<urn:uuid:0;x>";q=0.5;flag`)
	var n NameAddr
	if e := ParseNameAddr(b, &n); e != OK {
		t.Fatal(e)
	}
	for name, want := range map[string]string{"expires": "3600", "+sip.instance": `"<urn:uuid:0;x>"`, "q": "0.5", "FLAG": ""} {
		got, ok := n.Param(b, name)
		if !ok || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	if _, ok := n.Param(b, "x"); ok {
		t.Error("found inside quotes")
	}
}

func TestAddrList(t *testing.T) {
	m := parse(t, request("Route: <sip:1.example.com;lr>, \"x,y\" <sip:2.example.com>;a=b\n ,<sip:3.example.com>\nX: y\nRoute:<sip:4.example.com>\n"))
	wantAddrs(t, m, HdrRoute, "sip:1.example.com;lr", "sip:2.example.com", "sip:3.example.com", "sip:4.example.com")
	wantAddrs(t, m, HdrContact)
	var n NameAddr
	it := m.Addrs(HdrRoute)
	for _, want := range []struct {
		header int
		only   bool
	}{{5, false}, {5, false}, {5, false}, {7, true}} {
		if !it.Next(&n) || it.Header() != want.header || it.Only() != want.only {
			t.Errorf("header %d, only %v, want %+v", it.Header(), it.Only(), want)
		}
	}
	if it.Next(&n) || it.Next(&n) || it.Err() != OK {
		t.Error("the list goes on")
	}
	wantAddrs(t, parse(t, request("Contact: *\n")), HdrContact, "*")
}

func TestAddrListRefused(t *testing.T) {
	m := parse(t, request("Route: <sip:1.example.com>\nRoute: <sip:2.example.com>,\nRoute: <sip:3.example.com>\n"))
	var n NameAddr
	it := m.Addrs(HdrRoute)
	if !it.Next(&n) {
		t.Fatal("no value at all")
	}
	if it.Next(&n) || it.Err() != ErrNameAddr || it.Next(&n) {
		t.Error("the list goes on")
	}
}

func TestPeekCallID(t *testing.T) {
	for in, want := range map[string]string{
		"OPTIONS sip:a SIP/2.0\nCall-ID: abc\n":               "abc",
		"OPTIONS sip:a SIP/2.0\nVia: x\ni:abc \n":             "abc",
		"OPTIONS sip:a SIP/2.0\nI : abc\n":                    "abc",
		"OPTIONS sip:a SIP/2.0\ncall-id \t:\n  abc\nTo: x\n":  "abc",
		"\n\nSIP/2.0 200 OK\nX: Call-ID: no\nCALL-ID:abc\n":   "abc",
		"OPTIONS sip:a SIP/2.0\nX: y\n Call-ID: no\ni: abc\n": "abc",
	} {
		wantText(t, in, PeekCallID([]byte(strings.ReplaceAll(in, "\n", crlf))), want)
	}
	for _, in := range []string{"", "\n", "i: x", "OPTIONS sip:a SIP/2.0\n\ni: body\n", "O\nCall-IDx: y\nic: d\n", "O\ni", "O\ni:"} {
		if got := PeekCallID([]byte(strings.ReplaceAll(in, "\n", crlf))); len(got) != 0 {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestEqualFold(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Branch", "bRANCH", true}, {"", "", true}, {"a", "", false}, {"[", "{", false}, {"@", "`", false}, {"-", "\r", false}, {"ab", "ac", false},
	} {
		if EqualFold([]byte(c.a), []byte(c.b)) != c.want || EqualFoldString([]byte(c.a), c.b) != c.want {
			t.Errorf("%q, %q: %v", c.a, c.b, !c.want)
		}
	}
}

func TestAppendUint(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 7: "7", 10: "10", 5060: "5060", 1<<64 - 1: "18446744073709551615"} {
		wantText(t, "number", AppendUint(nil, n), want)
	}
}

// RFC 3261 §8.1.3.2: an unknown code counts as the x00 of its class.
func TestReasonPhrase(t *testing.T) {
	for code, want := range map[int]string{100: "Trying", 486: "Busy Here", 499: "Bad Request", 606: "Not Acceptable", 699: "Busy Everywhere", 99: "", 700: ""} {
		if got := ReasonPhrase(code); got != want {
			t.Errorf("%d: %q, want %q", code, got, want)
		}
	}
}
