package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

const edited = `
INVITE sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;rport
Max-Forwards: 70
Route: <sip:proxy.example.com;lr>, <sip:next.example.com;lr>
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: abc
CSeq: 7 INVITE
Content-Length: 5

12345`

// What a proxy does to a request; RFC 3261 §16.6 and RFC 3581 §4.
func TestForward(t *testing.T) {
	m := parse(t, crlfs(edited))
	var a, b Edits
	m.SetReceived(&a, []byte("192.0.2.7"), 40123)
	a.Replace(m.MaxForwardsSpan(), []byte("69"))
	var n NameAddr
	it := m.Addrs(HdrRoute)
	it.Next(&n)
	m.DeleteAddr(&a, &it, &n)
	a.AppendHeader(m, []byte("X-Last: yes"))
	b.Replace(m.RequestURISpan(), []byte("sip:bob@192.0.2.20"))
	b.Insert(m.TopViaInsertAt(), []byte("Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2\r\n"))
	b.Insert(m.TopViaInsertAt(), []byte("Record-Route: <sip:proxy.example.com;lr>\r\n"))
	wantMessage(t, m.AppendEdited(nil, &a, &b), `
INVITE sip:bob@192.0.2.20 SIP/2.0
Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2
Record-Route: <sip:proxy.example.com;lr>
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1;rport=40123;received=192.0.2.7
Max-Forwards: 69
Route: <sip:next.example.com;lr>
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: abc
CSeq: 7 INVITE
Content-Length: 5
X-Last: yes

12345`)
	wantMessage(t, m.AppendEdited(nil, nil, nil), edited)
}

// What the sender wrote into received and rport does not count.
func TestSetReceivedReplaces(t *testing.T) {
	for in, want := range map[string]string{
		"h;received=1.2.3.4;rport=1;branch=x": "h;received=::1;rport=5;branch=x",
		"h;rport=1;received=1.2.3.4":          "h;rport=5;received=::1",
		"h":                                   "h;received=::1;rport=5",
		"h ; x, SIP/2.0/UDP i":                "h ; x;received=::1;rport=5, SIP/2.0/UDP i",
	} {
		m := parse(t, []byte(strings.Replace(string(request("")), "a.example.com;branch=z9hG4bK1", in, 1)))
		var e Edits
		m.SetReceived(&e, []byte("::1"), 5)
		out := parse(t, m.AppendEdited(nil, &e, nil))
		wantText(t, in, out.Header(0).Value.Of(out.Buf()), "SIP/2.0/UDP "+want)
		e.Reset()
		m.SetReceived(&e, nil, 0)
		if e.Len() != 0 {
			t.Errorf("%s: nothing makes %d edits", in, e.Len())
		}
	}
	m := parse(t, []byte(strings.Replace(string(request("")), "a.example.com", ";", 1)))
	var e Edits
	if m.SetReceived(&e, []byte("::1"), 5); e.Len() != 0 {
		t.Error("a broken Via is edited")
	}
}

// RFC 3261 §16.7 step 3: "The proxy removes the topmost Via header field value".
func TestDeleteTopVia(t *testing.T) {
	for in, want := range map[string]string{
		"Via: SIP/2.0/UDP 1\nv: SIP/2.0/UDP 2":        "v: SIP/2.0/UDP 2",
		"Via: SIP/2.0/UDP 1,SIP/2.0/UDP 2":            "Via: SIP/2.0/UDP 2",
		"Via: SIP/2.0/UDP 1 ,\n SIP/2.0/UDP 2":        "Via: SIP/2.0/UDP 2",
		"Via:\n SIP/2.0/UDP 1;x=\",\", SIP/2.0/UDP 2": "Via:\n SIP/2.0/UDP 2",
		"Via: SIP/2.0/UDP 1;;\nVia: SIP/2.0/UDP 2":    "Via: SIP/2.0/UDP 2",
	} {
		text := strings.Replace(string(request("")), "Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1", strings.ReplaceAll(in, "\n", crlf), 1)
		m := parse(t, []byte(text))
		var e Edits
		m.DeleteTopVia(&e)
		out := parse(t, m.AppendEdited(nil, &e, nil))
		wantText(t, in, out.Header(0).Line.Of(out.Buf()), strings.ReplaceAll(want, "\n", crlf)+crlf)
	}
}

// Without a Via there is nothing to delete, and ours is the first of the headers.
func TestNoVia(t *testing.T) {
	var m Msg
	m.Parse(crlfs("SIP/2.0 200 OK\nTo: <sip:bob@example.com>\n"))
	var e Edits
	m.DeleteTopVia(&e)
	if e.Len() != 0 || m.TopVia() != nil || m.TopViaInsertAt() != m.HeadersEnd() {
		t.Errorf("%d edits, Via goes to %d", e.Len(), m.TopViaInsertAt())
	}
}

// Values may be removed in any order; what is left is a list.
func TestDeleteAddr(t *testing.T) {
	for _, c := range []struct{ order, want string }{
		{"", "Route: <sip:0>, <sip:1>,\n <sip:2>;x"},
		{"0", "Route: <sip:1>,\n <sip:2>;x"},
		{"1", "Route: <sip:0>, <sip:2>;x"},
		{"2", "Route: <sip:0>, <sip:1>"},
		{"01", "Route: <sip:2>;x"},
		{"10", "Route: <sip:2>;x"},
		{"02", "Route: <sip:1>"},
		{"20", "Route: <sip:1>"},
		{"12", "Route: <sip:0>"},
		{"21", "Route: <sip:0>"},
		{"012", ""}, {"021", ""}, {"102", ""}, {"120", ""}, {"201", ""}, {"210", ""},
	} {
		m := parse(t, request("Route: <sip:0>, <sip:1>,\n <sip:2>;x\nRoute: <sip:3>\n"))
		var e Edits
		for _, which := range c.order {
			var n NameAddr
			it := m.Addrs(HdrRoute)
			for range which - '0' + 1 {
				it.Next(&n)
			}
			m.DeleteAddr(&e, &it, &n)
		}
		want := strings.ReplaceAll(c.want, "\n", crlf)
		if want != "" {
			want += crlf
		}
		out := string(m.AppendEdited(nil, &e, nil))
		wantText(t, c.order, []byte(out[strings.Index(out, "Route"):]), want+"Route: <sip:3>\r\n\r\n")
	}
	m := parse(t, request("Route: <sip:0>\nRoute: <sip:1>\n"))
	var e Edits
	var n NameAddr
	for it := m.Addrs(HdrRoute); it.Next(&n); {
		m.DeleteAddr(&e, &it, &n)
	}
	wantMessage(t, m.AppendEdited(nil, &e, nil), string(bytes.ReplaceAll(request(""), []byte(crlf), []byte("\n"))))
}

// The rules of the comment on Edits, one by one, on the ten bytes of a body.
func TestOverlappingEdits(t *testing.T) {
	const text = "0123456789"
	type ops func(e *Edits, s func(from, to uint32) Span)
	for name, c := range map[string]struct {
		a, b ops
		want string
	}{
		"nothing":         {want: text},
		"an empty delete": {a: func(e *Edits, s func(a, b uint32) Span) { e.Delete(s(3, 3)) }, want: text},
		"deletes add up":  {a: func(e *Edits, s func(a, b uint32) Span) { e.Delete(s(4, 7)); e.Delete(s(2, 5)) }, want: "01789"},
		"inserts keep order": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Insert(s(2, 2).Off, []byte("A"))
			e.Insert(s(2, 2).Off, []byte("B"))
		}, want: "01AB23456789"},
		"inserts at both ends of a delete stay": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Insert(s(4, 4).Off, []byte("B"))
			e.Delete(s(2, 4))
			e.Insert(s(2, 2).Off, []byte("A"))
			e.Insert(s(3, 3).Off, []byte("x"))
		}, want: "01AB456789"},
		"an insert between two deletes stays": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Delete(s(2, 4))
			e.Delete(s(4, 6))
			e.Insert(s(4, 4).Off, []byte("A"))
		}, want: "01A6789"},
		"an insert inside a replace goes": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Insert(s(3, 3).Off, []byte("x"))
			e.Replace(s(2, 4), []byte("R"))
		}, want: "01R456789"},
		"the first replace wins": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Replace(s(4, 6), []byte("A"))
			e.Replace(s(3, 5), []byte("x"))
			e.Replace(s(5, 9), []byte("x"))
			e.Replace(s(6, 7), []byte("B"))
		}, want: "0123AB789"},
		"a delete takes a replace with it": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Replace(s(4, 6), []byte("x"))
			e.Delete(s(3, 7))
		}, want: "012789"},
		"a delete before a replace, too": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Delete(s(3, 5))
			e.Replace(s(4, 6), []byte("x"))
		}, want: "01256789"},
		"a delete inside a replace": {a: func(e *Edits, s func(a, b uint32) Span) {
			e.Replace(s(2, 8), []byte("x"))
			e.Delete(s(4, 5))
			e.Insert(s(3, 3).Off, []byte("A"))
		}, want: "012A356789"},
		"an empty replace is an insert": {a: func(e *Edits, s func(a, b uint32) Span) { e.Replace(s(2, 2), []byte("A")) }, want: "01A23456789"},
		"the message before the branch": {
			a: func(e *Edits, s func(a, b uint32) Span) {
				e.Insert(s(2, 2).Off, []byte("A"))
				e.Replace(s(4, 6), []byte("R"))
			},
			b: func(e *Edits, s func(a, b uint32) Span) {
				e.Insert(s(2, 2).Off, []byte("B"))
				e.Replace(s(3, 5), []byte("x"))
			},
			want: "01AB23R6789",
		},
		"the message before the branch, from the other side": {
			a: func(e *Edits, s func(a, b uint32) Span) { e.Replace(s(4, 6), []byte("R")) },
			b: func(e *Edits, s func(a, b uint32) Span) {
				e.Replace(s(5, 7), []byte("x"))
				e.Replace(s(6, 7), []byte("S"))
			},
			want: "0123R6789",
		},
		"a branch deletes what the message replaces": {
			a:    func(e *Edits, s func(a, b uint32) Span) { e.Replace(s(4, 6), []byte("x")) },
			b:    func(e *Edits, s func(a, b uint32) Span) { e.Delete(s(3, 6)); e.Insert(s(10, 10).Off, []byte("A")) },
			want: "0126789A",
		},
	} {
		m := parse(t, request("\n"+text))
		at := m.BodySpan().Off
		body := func(from, to uint32) Span { return Span{at + from, at + to} }
		var a, b Edits
		if c.a != nil {
			c.a(&a, body)
		}
		if c.b != nil {
			c.b(&b, body)
		}
		out := parse(t, m.AppendEdited(nil, &a, &b))
		wantText(t, name, out.Body(), c.want)
	}
}

// The Content-Length must be right after an edit of the body; RFC 3261 §20.14.
func TestContentLengthIsRewritten(t *testing.T) {
	for _, headers := range []string{"Content-Length: 5\n", "l : 005\n", "", "Content-Length: 2\n"} {
		m := parse(t, request(headers+"\n12345"))
		var e Edits
		e.Insert(m.BodySpan().Off, []byte("more "))
		e.Insert(m.BodySpan().End, []byte(" and more"))
		e.Delete(Span{m.BodySpan().Off, m.BodySpan().Off + 1})
		out := parse(t, m.AppendEdited(nil, nil, &e))
		want := "more 12345"[:5] + string(m.Body()[1:]) + " and more"
		wantText(t, "body", out.Body(), want)
		if n, ok := out.ContentLength(); !ok || n != len(want) {
			t.Errorf("%q: Content-Length %d, body of %d bytes", headers, n, len(want))
		}
	}
	m := parse(t, crlfs(edited))
	var e Edits
	e.Replace(m.BodySpan(), []byte("54321"))
	wantMessage(t, m.AppendEdited(nil, &e, nil), strings.Replace(edited, "12345", "54321", 1))
}

// Lumps of a branch route are taken back after the branch has been built.
// "Content-Length ... MUST be present" on a stream; RFC 3261 §18.3, §20.14. A script
// that removes it, or a datagram that never had it, does not change that.
func TestContentLengthOnAStream(t *testing.T) {
	const body = "\n12345"
	with, without := crlfs(edited), []byte(strings.Replace(string(crlfs(edited)), "Content-Length: 5\r\n", "", 1))
	for _, c := range []struct {
		wire             []byte
		remove, grow     bool
		datagram, stream string // the last lines
	}{
		{with, false, false, "CSeq: 7 INVITE\nContent-Length: 5\n" + body, "CSeq: 7 INVITE\nContent-Length: 5\n" + body},
		{with, false, true, "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6", "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6"},
		{with, true, false, "CSeq: 7 INVITE\n" + body, "CSeq: 7 INVITE\nContent-Length: 5\n" + body},
		{with, true, true, "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6", "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6"},
		{without, false, false, "CSeq: 7 INVITE\n" + body, "CSeq: 7 INVITE\nContent-Length: 5\n" + body},
		{without, false, true, "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6", "CSeq: 7 INVITE\nContent-Length: 6\n" + body + "6"},
	} {
		m := parse(t, c.wire)
		var a, b Edits
		if c.remove {
			a.DeleteHeader(m, m.Find(HdrContentLength, 0))
		}
		if c.grow {
			b.Insert(m.BodySpan().End, []byte("6"))
		}
		for what, got := range map[string][2]string{
			"datagram": {string(m.AppendEdited(nil, &a, &b)), c.datagram},
			"stream":   {string(m.AppendEditedStream(nil, &a, &b)), c.stream},
		} {
			if !strings.HasSuffix(got[0], strings.ReplaceAll(got[1], "\n", crlf)) {
				t.Errorf("%s, remove %v, grow %v:\n%s\nwant at its end:\n%s", what, c.remove, c.grow, got[0], got[1])
			}
		}
	}
}

func TestHeaderEdits(t *testing.T) {
	m := parse(t, request("Subject:\nX: one\nY: two\n three\n"))
	var e Edits
	x, y := m.FindName([]byte("x"), 0), m.FindName([]byte("y"), 0)
	e.InsertBefore(m, x, []byte("Before: 1"))
	e.InsertAfter(m, x, []byte("After: 1\r\n"))
	e.InsertAfter(m, x, []byte("After: 2"))
	e.ReplaceValue(m, x, []byte("uno"))
	e.ReplaceValue(m, m.Find(HdrSubject, 0), []byte("hello"))
	e.DeleteHeader(m, y)
	e.AppendHeader(m, []byte("Last: 1"))
	wantMessage(t, m.AppendEdited(nil, &e, nil), string(bytes.ReplaceAll(request("Subject: hello\nBefore: 1\nX: uno\nAfter: 1\nAfter: 2\nLast: 1\n"), []byte(crlf), []byte("\n"))))
}

// The body with what describes it. The last one counts, whatever was done before.
func TestReplaceBody(t *testing.T) {
	plain := request("Content-Length: 0\n")
	typed := append(request("c: text/plain\nContent-Encoding: gzip\nl: 2\n"), "hi"...)
	untyped := append(request("c:\nl: 2\n"), "hi"...)
	const sdp, v0 = "application/sdp", "v=0\r\n"
	for _, c := range []struct {
		wire []byte
		do   func(m *Msg, e *Edits)
		want string
	}{
		{plain, func(m *Msg, e *Edits) { e.ReplaceBody(m, []byte(sdp), []byte(v0)) }, "Content-Length: 5\nContent-Type: application/sdp\n\nv=0\n"},
		{plain, func(m *Msg, e *Edits) { e.ReplaceBody(m, nil, nil) }, "Content-Length: 0\n"},
		{typed, func(m *Msg, e *Edits) { e.ReplaceBody(m, []byte(sdp), []byte(v0)) }, "c: application/sdp\nl: 5\n\nv=0\n"},
		{untyped, func(m *Msg, e *Edits) { e.ReplaceBody(m, []byte(sdp), []byte(v0)) }, "c: application/sdp\nl: 5\n\nv=0\n"},
		{typed, func(m *Msg, e *Edits) { e.ReplaceBody(m, nil, nil) }, "l: 0\n"},
		{typed, func(m *Msg, e *Edits) {
			e.ReplaceBody(m, []byte("a/b"), []byte("other"))
			e.ReplaceBody(m, []byte(sdp), []byte(v0))
		}, "c: application/sdp\nl: 5\n\nv=0\n"},
		{plain, func(m *Msg, e *Edits) {
			e.ReplaceBody(m, []byte("a/b"), []byte("other"))
			e.ReplaceBody(m, nil, nil)
		}, "Content-Length: 0\n"},
		{typed, func(m *Msg, e *Edits) {
			e.ReplaceBody(m, nil, nil)
			e.ReplaceBody(m, []byte(sdp), []byte(v0))
		}, "l: 5\nContent-Type: application/sdp\n\nv=0\n"},
		{typed, func(m *Msg, e *Edits) { // edits of the old body, before and after
			e.Put(Span{m.BodySpan().Off, m.BodySpan().Off + 1}, []byte("H"))
			e.Replace(Span{m.BodySpan().Off + 1, m.BodySpan().End}, []byte("I"))
			e.ReplaceBody(m, []byte(sdp), []byte(v0))
			e.PutBehind(Span{m.BodySpan().Off + 1, m.BodySpan().End}, []byte("!"))
		}, "c: application/sdp\nl: 5\n\nv=0\n"},
		{typed, func(m *Msg, e *Edits) { // a wrapped one
			if !m.AppendPart(e, []byte("Content-Type: a/b\r\n"), []byte("x")) {
				t.Error("nothing is wrapped")
			}
			e.ReplaceBody(m, []byte(sdp), []byte(v0))
		}, "c: application/sdp\nl: 5\n\nv=0\n"},
	} {
		m := parse(t, c.wire)
		var e Edits
		c.do(m, &e)
		out := parse(t, m.AppendEdited(nil, &e, nil))
		wantText(t, c.want, out.Wire(), string(request(c.want)))
	}
}

// The last ReplaceBody and the first ReplaceValue count, also where there is nothing
// to replace yet: no second body behind the first, no second Content-Type.
func TestReplaceOfNothing(t *testing.T) {
	for _, c := range []struct {
		wire            []byte
		message, branch string
	}{
		{request(""), "Content-Type: a/2\nContent-Length: 3\n\ntwo", "Content-Type: a/3\nContent-Length: 5\n\nthree"},
		{append(request("l: 2\n"), "hi"...), "l: 3\nContent-Type: a/2\n\ntwo", "l: 5\nContent-Type: a/3\n\nthree"},
		{request("c:\nl: 0\nSubject:\n"), "c: a/2\nl: 3\nSubject: one\n\ntwo", "c: a/3\nl: 5\nSubject: one\n\nthree"},
	} {
		m := parse(t, c.wire)
		replace := func(e *Edits, typ, text string) {
			e.ReplaceBody(m, []byte(typ), []byte(text))
			if i := m.Find(HdrSubject, 0); i >= 0 {
				e.ReplaceValue(m, i, []byte(text))
			}
		}
		var e, b Edits
		replace(&e, "a/1", "one")
		replace(&e, "a/2", "two")
		replace(&b, "a/3", "three")
		wantText(t, "twice", m.AppendEdited(nil, &e, nil), string(request(c.message)))
		wantText(t, "in a branch", m.AppendEdited(nil, &e, &b), string(request(c.branch)))
	}
}

func TestMarkAndTruncate(t *testing.T) {
	m := parse(t, request("\n0123456789"))
	at := m.BodySpan().Off
	var e Edits
	e.Insert(at+5, []byte("A"))
	mark := e.Mark()
	e.Insert(at+1, []byte("x"))
	e.Delete(Span{at + 7, at + 9})
	e.Truncate(mark)
	e.Insert(at+5, []byte("B"))
	e.Insert(at+3, []byte("C"))
	if e.Len() != 3 {
		t.Errorf("%d edits", e.Len())
	}
	out := parse(t, m.AppendEdited(nil, &e, nil))
	wantText(t, "body", out.Body(), "012C34AB56789")
	e.Reset()
	if e.Len() != 0 || string(m.AppendEdited(nil, &e, nil)) != string(m.Wire()) {
		t.Error("edits are left")
	}
}

func TestResetLetsGoOfGiants(t *testing.T) {
	m := parse(t, request(""))
	var e Edits
	for range 300 {
		e.Insert(m.HeadersEnd(), make([]byte, 100))
	}
	if e.Reset(); cap(e.list) != 0 || cap(e.arena) != 0 {
		t.Errorf("%d edits and %d bytes are kept", cap(e.list), cap(e.arena))
	}
}

func TestEditOutsideOfMessagePanics(t *testing.T) {
	m := parse(t, request("Content-Length: 2\n\n12345"))
	var e Edits
	e.Insert(m.BodySpan().End+1, []byte("x"))
	defer func() {
		if recover() == nil {
			t.Error("it does not")
		}
	}()
	m.AppendEdited(nil, &e, nil)
}
