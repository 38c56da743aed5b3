package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

func pingOptions() RequestOptions {
	return RequestOptions{
		Method: []byte("OPTIONS"), URI: []byte("sip:bob@192.0.2.4"), Vias: []byte("Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK1\r\n"),
		From: []byte("sip:ping@example.com"), FromTag: []byte("1"), To: []byte(`"Bob" <sip:bob@example.com>`), CallID: []byte("abc"), CSeq: 7,
	}
}

// "A valid SIP request formulated by a UAC MUST, at a minimum, contain the following
// header fields: To, From, CSeq, Call-ID, Max-Forwards, and Via"; RFC 3261 §8.1.1
func TestAppendRequest(t *testing.T) {
	o := pingOptions()
	got, e := AppendRequest([]byte("x"), &o)
	if e != OK || got[0] != 'x' {
		t.Fatal(e)
	}
	wantMessage(t, got[1:], `
OPTIONS sip:bob@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK1
Max-Forwards: 70
From: <sip:ping@example.com>;tag=1
To: "Bob" <sip:bob@example.com>
Call-ID: abc
CSeq: 7 OPTIONS
Content-Length: 0
`)
	o.MaxForwards, o.ToTag, o.Contact = 5, []byte("2"), []byte("<sip:p.example.com>, sip:q.example.com")
	o.Vias = append(o.Vias, "v: SIP/2.0/UDP a,SIP/2.0/UDP b\r\n"...)
	o.Headers, o.ContentType, o.Body = []byte("Subject: a\r\n b\r\nX-Y:\r\n"), []byte("text/plain"), []byte("hello")
	o.Routes = []byte("<sip:r1.example.com;lr>, <sip:r2.example.com>")
	got, e = AppendRequest(nil, &o)
	if e != OK {
		t.Fatal(e)
	}
	wantMessage(t, got, `
OPTIONS sip:bob@192.0.2.4 SIP/2.0
Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK1
v: SIP/2.0/UDP a,SIP/2.0/UDP b
Max-Forwards: 5
Route: <sip:r1.example.com;lr>, <sip:r2.example.com>
From: <sip:ping@example.com>;tag=1
To: "Bob" <sip:bob@example.com>;tag=2
Call-ID: abc
CSeq: 7 OPTIONS
Contact: <sip:p.example.com>, sip:q.example.com
Subject: a
 b
X-Y:
Content-Type: text/plain
Content-Length: 5

hello`)
}

// "If the route set is not empty, and its first URI does not contain the lr
// parameter, the UAC MUST place the first URI from the route set into the
// Request-URI, stripping any parameters that are not allowed in a Request-URI. The
// UAC MUST add a Route header field containing the remainder of the route set values
// in order ... The UAC MUST then place the remote target URI into the Route header
// field as the last value"; RFC 3261 §12.2.1.1
func TestStrictRoute(t *testing.T) {
	for _, c := range []struct{ uri, routes, wantURI, wantRoute string }{
		{"sip:user@remoteua", "<sip:proxy1>,<sip:proxy2>,<sip:proxy3;lr>,<sip:proxy4>", "sip:proxy1", "<sip:proxy2>,<sip:proxy3;lr>,<sip:proxy4>, <sip:user@remoteua>"}, // the example there
		{"sip:user@remoteua", "<sip:proxy1>", "sip:proxy1", "<sip:user@remoteua>"},
		{"sip:user@remoteua", "<sip:proxy1;lr>,<sip:proxy2>", "sip:user@remoteua", "<sip:proxy1;lr>,<sip:proxy2>"},
		{"sip:user@remoteua", "<sip:proxy1;x;%6C%72=on>", "sip:user@remoteua", "<sip:proxy1;x;%6C%72=on>"},
		{"sip:user@remoteua", "<sip:proxy1;xlr;lrx>;lr", "sip:proxy1;xlr;lrx", "<sip:user@remoteua>"}, // ;lr is of the header
		{"sip:user@remoteua;method=INVITE?a=b", " <sip:proxy1;method=BYE;a=b;%6Dethod=x?Subject=x> ", "sip:proxy1;a=b", "<sip:user@remoteua>"},
		{"sip:h;method=INVITE;a;method=x?", "", "sip:h;a", ""},
		{"sip:h;a;;", "", "sip:h;a;;", ""},
		{"tel:+1;method=x", "", "tel:+1;method=x", ""},
	} {
		o := pingOptions()
		o.URI, o.Routes = []byte(c.uri), []byte(c.routes)
		got, e := AppendRequest(nil, &o)
		if e != OK {
			t.Errorf("%s by %s: %v", c.uri, c.routes, e)
			continue
		}
		m := parse(t, got)
		wantText(t, "Request-URI", m.RequestURI(), c.wantURI)
		wantText(t, "Route", m.value(HdrRoute), c.wantRoute)
	}
}

// Broken values are refused; so is what would carry another header, or the end of
// the headers, into the message.
func TestAppendRequestRefused(t *testing.T) {
	for _, c := range []struct {
		change func(o *RequestOptions, v []byte)
		values string
		want   Error
	}{
		{func(o *RequestOptions, v []byte) { o.Method = v }, "|A B|A\r\n|A:", ErrRequestLine},
		{func(o *RequestOptions, v []byte) { o.URI = v }, "|bob|sip:a b@h|sip:a@h\r\nX: y|<sip:h>|sip:h SIP/2.0\r\n", ErrURI},
		{func(o *RequestOptions, v []byte) { o.Vias = v }, "", ErrNoVia},
		{func(o *RequestOptions, v []byte) { o.Vias = v }, "Via: x\r\n|Via: SIP/2.0/UDP h,\r\n|Via:\r\n", ErrVia},
		{func(o *RequestOptions, v []byte) { o.Vias = v }, "X: y\r\n", ErrDuplicate},
		{func(o *RequestOptions, v []byte) { o.Routes = v }, " |sip:h|<h>|<sip:h>,|<sip:h>,sip:i|<sip:h:x>|<sip:h>\r\nX: y|<sip:h>\r\n ;a", ErrNameAddr},
		{func(o *RequestOptions, v []byte) { o.From = v }, "|*|bob|<sip:h>;tag=2|<sip:h>;tag|<sip:h>\r\nX: y|<sip:h>\r\n ;a|\"\\\x01\" <sip:h>", ErrFrom},
		{func(o *RequestOptions, v []byte) { o.FromTag = v }, "a;tag=b|a b|a\r\nX: y|a,b|\"|;", ErrFrom},
		{func(o *RequestOptions, v []byte) { o.To = v }, "|sip:h?a=b ;x|<sip:h>,<sip:i>|<sip:h>\n", ErrTo},
		{func(o *RequestOptions, v []byte) { o.ToTag = v }, "a b", ErrTo},
		{func(o *RequestOptions, v []byte) { o.CallID = v }, "|a b|a\r\nX: y|\t", ErrCallID},
		{func(o *RequestOptions, v []byte) { o.Contact = v }, " |h|<sip:h>\r\nX: y|<sip:h>,", ErrContact},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "To: <sip:h>\r\n|X: y\r\nl: 0\r\n|t:x\r\n|Via: SIP/2.0/UDP h\r\n|Route: <sip:h>\r\n|m:x\r\n|c:x\r\n", ErrDuplicate},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "\r\n|X: y\r\n\r\n|X\r\n|X: y\r\n\r\nbody| X: y\r\n|: y\r\n|X: y\r\nZ", ErrHeaderName},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "X: y|X:|X: y\r\nZ: z", ErrNoHeaderEnd},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "X: y\nZ: z\r\n", ErrBareLF},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "X: y\rZ: z\r\n", ErrBareCR},
		{func(o *RequestOptions, v []byte) { o.Headers = bytes.Repeat([]byte("X:\r\n"), len(v)) }, strings.Repeat("x", defaultHeaders), ErrTooManyHeaders},
		{func(o *RequestOptions, v []byte) { o.ContentType, o.Body = v, []byte("b") }, "| |\t|a/b\r\nX: y", ErrValue},
		{func(o *RequestOptions, v []byte) { o.URI = v }, "sip:" + strings.Repeat("x", defaultLine), ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.Vias = v }, "Via: SIP/2.0/UDP h;x=" + strings.Repeat("x", defaultLine) + "\r\n", ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.Routes = v }, "<sip:h;lr>" + strings.Repeat(",<sip:h;lr>", 2000), ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.CallID, o.FromTag = v, v }, strings.Repeat("x", defaultLine), ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.Headers = v }, "X: " + strings.Repeat("x", defaultLine) + "\r\n", ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.ContentType, o.Body = v, v }, strings.Repeat("x", defaultLine), ErrLineTooLong},
		{func(o *RequestOptions, v []byte) { o.ContentType, o.Body = []byte("a/b"), v }, strings.Repeat("x", defaultMessage), ErrTooLarge},
		{func(o *RequestOptions, v []byte) { o.CSeq = 1 << 31 }, "", ErrCSeqRange},
		{func(o *RequestOptions, v []byte) { o.MaxForwards = 256 }, "", ErrMaxForwards},
		{func(o *RequestOptions, v []byte) { o.MaxForwards = -1 }, "", ErrMaxForwards},
	} {
		for _, v := range strings.Split(c.values, "|") {
			o := pingOptions()
			c.change(&o, []byte(v))
			got, e := AppendRequest([]byte("x"), &o)
			if string(got) != "x" || e != c.want {
				t.Errorf("%q: %v, want %v:\n%s", v, e, c.want, got)
			}
		}
	}
}

// Whatever it is given, what is built is accepted, has the headers it should have,
// and the values that were given.
func FuzzBuild(f *testing.F) {
	add := func(o RequestOptions) {
		f.Add(o.Method, o.URI, o.Vias, o.Routes, o.From, o.FromTag, o.To, o.CallID, o.Contact, o.Headers, o.ContentType, o.Body, o.CSeq, o.MaxForwards)
	}
	o := pingOptions()
	add(o)
	o.Routes, o.Contact, o.Headers = []byte("<sip:a>, <sip:b;lr>"), []byte("<sip:c>"), []byte("X: y\r\n z\r\nS:\r\n")
	o.ContentType, o.Body, o.URI = []byte("text/plain"), []byte("hello"), []byte("sip:h;method=x?a=b")
	add(o)
	o.Routes, o.URI = nil, []byte("sip:u?x@h;a;method=y;b;%6Dethod;?c=d")
	add(o)
	o.From, o.To, o.CallID, o.FromTag = []byte("<sip:h>\r\nX: y"), []byte("\"\\\r\n\" <sip:h>"), []byte("a\r\n"), []byte("1;tag=2")
	add(o)
	f.Fuzz(func(t *testing.T, method, uri, vias, routes, from, fromTag, to, callID, contact, headers, contentType, body []byte, cseq uint32, maxForwards int) {
		o := RequestOptions{Method: method, URI: uri, Vias: vias, Routes: routes, From: from, FromTag: fromTag, To: to, CallID: callID,
			Contact: contact, Headers: headers, ContentType: contentType, Body: body, CSeq: cseq, MaxForwards: maxForwards}
		out, e := AppendRequest(nil, &o)
		if e != OK {
			if len(out) > 0 || e.Reason() == "" {
				t.Fatalf("%v: %q", e, out)
			}
			return
		}
		checkBuilt(t, out, &o)
	})
}

func checkBuilt(t *testing.T, out []byte, o *RequestOptions) {
	t.Helper()
	var m Msg
	m.Parse(out)
	if e := m.Check(); e != OK {
		t.Fatalf("%v:\n%q", e, out)
	}
	for _, x := range [...]struct {
		what      string
		got, want []byte
	}{
		{"method", m.MethodName(), o.Method},
		{"Call-ID", m.CallID(), o.CallID},
		{"body", m.Body(), o.Body},
		{"Contact", m.value(HdrContact), trim(o.Contact)},
	} {
		if !bytes.Equal(x.got, x.want) {
			t.Fatalf("%s %q, want %q", x.what, x.got, x.want)
		}
	}
	if m.CSeq() != o.CSeq || len(o.FromTag) > 0 && !bytes.Equal(m.FromTag(), o.FromTag) || len(o.Body) > 0 && !bytes.Equal(m.value(HdrContentType), trim(o.ContentType)) {
		t.Fatalf("CSeq, tag or type:\n%q", out)
	}
	if want := requestURI(o.URI); len(o.URI) > 0 && len(o.Routes) == 0 && string(m.RequestURI()) != want { // a dialog has its own
		t.Fatalf("Request-URI %q, want %q", m.RequestURI(), want)
	}
	if n, want := m.NHeaders(), wantHeaders(o); n != want {
		t.Fatalf("%d headers, want %d:\n%q", n, want, out)
	}
}

// requestURI is b without headers and the parameter method, which are not for a
// Request-URI; RFC 3261 §19.1.1, table 1.
func requestURI(b []byte) string {
	var u URI
	ParseURI(b, &u)
	if u.Params.IsZero() || u.Scheme == SchemeTel {
		plain, _, _ := bytes.Cut(b, []byte("?"))
		if u.Headers.IsZero() {
			plain = b
		}
		return string(plain)
	}
	out := string(b[:u.Params.Off-1])
	for _, p := range bytes.Split(u.Params.Of(b), []byte(";")) {
		if name, _, _ := bytes.Cut(p, []byte("=")); !equalText(name, []byte("method"), folded) {
			out += ";" + string(p)
		}
	}
	return out
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

// wantHeaders counts Max-Forwards, From, To, Call-ID, CSeq and Content-Length, and
// what is given.
func wantHeaders(o *RequestOptions) int {
	n := 6 + countLines(o.Vias) + countLines(o.Headers)
	for _, x := range [...][]byte{o.Routes, o.Contact, o.Body} {
		if len(x) > 0 {
			n++
		}
	}
	return n
}

// countLines counts header lines, folded ones as one.
func countLines(b []byte) (n int) {
	for line := range bytes.Lines(b) {
		if !isWS(line[0]) {
			n++
		}
	}
	return n
}
