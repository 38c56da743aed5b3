package sipparse

import (
	"strings"
	"testing"
)

func TestRequest(t *testing.T) {
	m := parse(t, []byte(invite))
	if !m.IsRequest() || m.Method() != Invite || m.Status() != 0 || m.CSeqMethod() != Invite || m.CSeq() != 1 {
		t.Errorf("%v %d, CSeq %d %v", m.Method(), m.Status(), m.CSeq(), m.CSeqMethod())
	}
	wantText(t, "Request-URI", m.RequestURI(), "sip:bob@192.0.2.20:5060;transport=udp")
	wantText(t, "method", m.MethodName(), "INVITE")
	wantText(t, "Call-ID", m.CallID(), "3848276298220188511@192.0.2.10")
	wantText(t, "Max-Forwards", m.MaxForwardsSpan().Of(m.Buf()), "70")
	if n, ok := m.ContentLength(); !ok || n != len(m.Body()) || m.BodySpan().Len() != n || n == 0 {
		t.Errorf("Content-Length %d, body of %d bytes", n, len(m.Body()))
	}
	if got := string(m.Buf()[m.HeadersEnd():m.BodySpan().Off]); got != crlf {
		t.Errorf("the headers end with %q", got)
	}
	if e := m.Check(); e != OK {
		t.Error(e)
	}
}

func TestResponse(t *testing.T) {
	m := parse(t, crlfs(`
SIP/2.0 486 Busy Here
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>;tag=2
Call-ID: abc@a.example.com
CSeq: 4 INVITE
`))
	if m.IsRequest() || m.Status() != 486 || m.Method() != MethodOther || m.MethodName() != nil || m.URI() != nil {
		t.Errorf("%v %d", m.Method(), m.Status())
	}
	wantText(t, "reason", m.Reason(), "Busy Here")
	wantText(t, "status", m.StatusSpan().Of(m.Buf()), "486")
	wantText(t, "To tag", m.ToTag(), "2")
	if m.Replyable() {
		t.Error("a reply to a response")
	}
	if e := m.Check(); e != OK {
		t.Error(e)
	}
}

// "Request-Line = Method SP Request-URI SP SIP-Version CRLF" and "No LWS is
// allowed in any of the elements"; RFC 3261 §7.1, §7.2, §25.1.
func TestStartLine(t *testing.T) {
	for _, c := range []struct {
		line string
		want Error
	}{
		{"OPTIONS sip:bob@example.com SIP/2.0", OK},
		{"OPTIONS sip:bob@example.com sip/2.0", OK}, // "The SIP-Version string is case-insensitive"
		{"OPTIONS sip:bob@example.com  SIP/2.0", ErrRequestLine},
		{"OPTIONS  sip:bob@example.com SIP/2.0", ErrRequestLine},
		{"OPTIONS sip:bob@example.com SIP/2.0 ", ErrRequestLine},
		{" OPTIONS sip:bob@example.com SIP/2.0", ErrRequestLine},
		{"OPTIONS sip:bob@example.com", ErrRequestLine},
		{"OPTIONS", ErrRequestLine},
		{"OPTIONS sip:bob@example.com HTTP/1.1", ErrRequestLine},
		{"OPTIONS sip:bob@example.com SIP/2", ErrRequestLine},
		{"OPTIONS sip:bob@example.com SIP/2.0.0", ErrRequestLine},
		{"OPTIONS sip:bob@example.com SIP/3.0", ErrVersion},
		{"OPTIONS sip:bob@example.com SIP/2.10", ErrVersion},
		{"OPT(ONS sip:bob@example.com SIP/2.0", ErrRequestLine},
		{"OPTIONS\tsip:bob@example.com SIP/2.0", ErrRequestLine},
		{"OPTIONS sip:bob@\x00example.com SIP/2.0", ErrControl},
		{"OPTIONS sip:bob@example.com\tx SIP/2.0", ErrRequestLine},
		{"OPTIONS sip:bob@example.com\\\x00 SIP/2.0", ErrRequestLine},
		{"SIP/2.0 200 OK", OK},
		{"sip/2.0 200 OK", OK},
		{"SIP/2.0 200 ", OK},
		{"SIP/2.0 200", OK}, // lenient: the space is missing
		{"SIP/2.0 699 Last", OK},
		{"SIP/2.0 700 Beyond", ErrStatusCode},
		{"SIP/2.0 099 Low", ErrStatusCode},
		{"SIP/2.0 20 Short", ErrStatusCode},
		{"SIP/2.0 0200 Long", ErrStatusCode},
		{"SIP/2.0  200 OK", ErrStatusCode},
		{"SIP/2.0 2x0 OK", ErrStatusCode},
		{"SIP/2.0 4294967496 OK", ErrStatusCode}, // 200 in 32 bits
		{"SIP/7.0 200 OK", ErrVersion},
		{"SIP/2.0", ErrStatusLine},
		{"SIP/2.x 200 OK", ErrStatusLine},
	} {
		b := request("")
		var m Msg
		if got := m.Parse([]byte(c.line + string(b[strings.Index(string(b), crlf):]))); got != c.want {
			t.Errorf("%q: %v, want %v", c.line, got, c.want)
		}
		if string(m.CallID()) != "abc@a.example.com" {
			t.Errorf("%q: the headers are not there", c.line)
		}
	}
}

// "each header field consists of a field name followed by a colon"; RFC 3261 §7.3.1
func TestHeaderLines(t *testing.T) {
	for _, c := range []struct {
		line string
		want Error
	}{
		{"Subject: lunch", OK},
		{"Subject      :      lunch", OK},
		{"Subject            :lunch", OK},
		{"Subject:", OK},
		{"Subject: tea\n and biscuits", OK},
		{"Subject:\n tea\n\t\n and biscuits", OK},
		{"!%*_+`'~-.: any token", OK},
		{"X: \"a\\\x00b\\\x07\"", OK}, // quoted-pair; RFC 3261 §25.1
		{"X: tab\tin a value", OK},
		{"X: \xd0\xbd\xd0\xbe", OK},
		{"Subject", ErrHeaderName},
		{"Subject lunch", ErrHeaderName},
		{": lunch", ErrHeaderName},
		{"Sub,ject: lunch", ErrHeaderName},
		{"Call\rID: x", ErrHeaderName},
		{"To\x00: x", ErrHeaderName},
		{"Subject\n : lunch", ErrHeaderName}, // HCOLON = *( SP / HTAB ) ":" SWS
		{"X: a\rb", ErrBareCR},
		{"X: a\r", ErrBareCR},
		{"X: a\x00b", ErrControl},
		{"X: a\n b\x01", ErrControl},
	} {
		var m Msg
		if got := m.Parse(request(c.line + "\nY: z\n")); got != c.want {
			t.Errorf("%q: %v, want %v", c.line, got, c.want)
		}
		if i := m.FindName([]byte("y"), 0); i < 0 || string(m.Header(i).Value.Of(m.Buf())) != "z" {
			t.Errorf("%q: the next header is not there", c.line)
		}
		if n := m.NHeaders(); c.want != OK && n != 6 {
			t.Errorf("%q: %d headers: the broken line is one", c.line, n)
		}
	}
	var m Msg
	if got := m.Parse([]byte(strings.Replace(string(request("X: a\n")), "a\r\n\r", "a\nInjected: b\r\n\r", 1))); got != ErrBareLF {
		t.Errorf("LF alone: %v", got)
	}
}

func TestHeaderSpans(t *testing.T) {
	m := parse(t, request("X-Fold:  one\n two  \t\ns: lunch \nempty:\n"))
	for i, want := range map[int][3]string{
		4: {"CSeq", "7 OPTIONS", "CSeq: 7 OPTIONS\r\n"},
		5: {"X-Fold", "one\r\n two", "X-Fold:  one\r\n two  \t\r\n"},
		6: {"s", "lunch", "s: lunch \r\n"},
		7: {"empty", "", "empty:\r\n"},
	} {
		h := m.Header(i)
		wantText(t, "name", h.Name.Of(m.Buf()), want[0])
		wantText(t, "value", h.Value.Of(m.Buf()), want[1])
		wantText(t, "line", h.Line.Of(m.Buf()), want[2])
	}
	if m.NHeaders() != 8 || m.Header(7).Line.End != m.HeadersEnd() {
		t.Errorf("%d headers", m.NHeaders())
	}
}

func TestFind(t *testing.T) {
	m := parse(t, request("Route: <sip:1.example.com>\nX-A: 1\nROUTE: <sip:2.example.com>\nx-a: 2\nk: timer\n"))
	if i := m.Find(HdrRoute, 0); i != 5 || m.Find(HdrRoute, 6) != 7 || m.Find(HdrRoute, 8) != -1 {
		t.Errorf("Route at %d, %d, %d", i, m.Find(HdrRoute, 6), m.Find(HdrRoute, 8))
	}
	if i := m.FindName([]byte("X-a"), 0); i != 6 || m.FindName([]byte("X-a"), 7) != 8 || m.FindName([]byte("X-a"), 9) != -1 {
		t.Errorf("X-A at %d, %d", i, m.FindName([]byte("X-a"), 7))
	}
	if i := m.FindName([]byte("Supported"), 0); i != 9 { // "compact == long"
		t.Errorf("Supported at %d", i)
	}
	if m.Find(HdrExpires, 0) != -1 || m.FindName([]byte("X-B"), 0) != -1 || m.FindName(nil, 0) != -1 {
		t.Error("found what is not there")
	}
}

// RFC 3261 §8.1.1: "A valid SIP request ... MUST, at a minimum, contain To, From,
// CSeq, Call-ID, Max-Forwards, and Via"; Max-Forwards was not known to RFC 2543.
func TestMandatoryHeaders(t *testing.T) {
	for name, want := range map[string]Error{
		"Via": ErrNoVia, "From": ErrNoFrom, "To": ErrNoTo, "Call-ID": ErrNoCallID, "CSeq": ErrNoCSeq,
	} {
		var m Msg
		if got := m.Parse([]byte(strings.Replace(string(request("")), name+":", "X:", 1))); got != want {
			t.Errorf("without %s: %v", name, got)
		}
		if m.Replyable() != (name != "Via" && name != "CSeq") { // RFC 3261 §17.1.3: what a response is matched by
			t.Errorf("without %s: replyable %v", name, m.Replyable())
		}
	}
}

// A header without a place of its own in the index is not one without a name.
func TestFindOther(t *testing.T) {
	m := parse(t, request("Session-ID: x\nX-Y: z\nReply-To: y\nX-Y: z\n"))
	if i, k := m.Find(HdrOther, 0), m.Find(HdrOther, 7); i != 6 || k != 8 || m.Find(HdrReplyTo, 0) != 7 || m.Find(HdrSessionID, 0) != 5 {
		t.Errorf("at %d, %d", i, k)
	}
}

// RFC 3261 §7.3.1: only headers defined as a list may appear more than once. A
// second From in a compact form is a second From (RFC 4475 §3.3.8, §3.3.9).
func TestSingleHeaders(t *testing.T) {
	for _, line := range []string{
		"From: <sip:eve@example.com>;tag=1", "f: <sip:alice@example.com>;tag=1", "t: <sip:bob@example.com>",
		"i: abc@a.example.com", "Call-ID  : other", "cseq: 7 OPTIONS",
		"Max-Forwards: 70\nmax-forwards: 70", "Content-Length: 0\nl: 0",
	} {
		var m Msg
		if got := m.Parse(request(line + "\n")); got != ErrDuplicate {
			t.Errorf("%q: %v", line, got)
		}
		wantText(t, "the first Call-ID", m.CallID(), "abc@a.example.com")
		if !m.Replyable() {
			t.Errorf("%q: no reply", line)
		}
	}
}

func TestManyHeaders(t *testing.T) {
	m := parse(t, request(strings.Repeat("X: y\n", 500)+"Expires: 60\n"))
	if i := m.Find(HdrExpires, 0); i != 505 || string(m.Header(i).Value.Of(m.Buf())) != "60" {
		t.Errorf("Expires is at %d", i)
	}
	if i := m.FindName([]byte("x"), 300); i != 300 {
		t.Errorf("X is at %d", i)
	}
	var over Msg
	if e := over.Parse(request(strings.Repeat("X: y\n", 1020))); e != ErrTooManyHeaders || !over.Replyable() {
		t.Errorf("%v, %d headers", e, over.NHeaders())
	}
}

// RFC 3261 §18.3: "If the transport packet ends before the end of the message
// body, this is considered an error", bytes beyond it are discarded, and without
// Content-Length the body extends to the end of the packet.
func TestFraming(t *testing.T) {
	for _, c := range []struct {
		length string
		want   Error
		body   string
	}{
		{"", OK, "12345"},
		{"Content-Length: 5\n", OK, "12345"},
		{"l: 0000000000005\n", OK, "12345"},
		{"Content-Length: 3\n", OK, "123"},
		{"Content-Length: 0\n", OK, ""},
		{"Content-Length: 6\n", ErrBodyShort, "12345"},
		{"Content-Length: -1\n", ErrContentLength, "12345"},
		{"Content-Length: +5\n", ErrContentLength, "12345"},
		{"Content-Length: 5 5\n", ErrContentLength, "12345"},
		{"Content-Length: 5,5\n", ErrContentLength, "12345"},
		{"Content-Length:\n", ErrContentLength, "12345"},
		{"Content-Length: 4294967301\n", ErrContentLength, "12345"},           // 5 in 32 bits
		{"Content-Length: 18446744073709551621\n", ErrContentLength, "12345"}, // 5 in 64 bits
		{"Content-Length: 0\n 5\n", ErrContentLength, "12345"},
	} {
		b := request(c.length + "\n12345")
		var m Msg
		if got := m.Parse(b); got != c.want {
			t.Errorf("%q: %v, want %v", c.length, got, c.want)
		}
		wantText(t, c.length, m.Body(), c.body)
		if n, ok := m.ContentLength(); c.want == OK && ok && n != len(c.body) {
			t.Errorf("%q: %d", c.length, n)
		}
	}
}

func TestNoEndOfHeaders(t *testing.T) {
	whole := string(request(""))
	for n := len(whole) - 2; n > 0; n-- {
		var m Msg
		if e := m.Parse([]byte(whole[:n])); e == OK {
			t.Errorf("%q is a message", whole[:n])
		}
	}
}

// RFC 3261 §7.5: "Implementations processing SIP messages over stream-oriented
// transports MUST ignore any CRLF appearing before the start-line"; RFC 5626 §3.5.1
// sends them alone to keep a binding alive, and some phones send NULs.
func TestEmptyLines(t *testing.T) {
	m := parse(t, append([]byte("\r\n\r\n"), request("")...))
	wantText(t, "method", m.MethodName(), "OPTIONS")
	if string(m.Wire()) != string(request("")) || string(m.AppendEdited(nil, nil, nil)) != string(request("")) {
		t.Error("the empty lines are written")
	}
	for _, s := range []string{"", "\r\n", "\r\n\r\n", "\x00\x00", "\r\n\x00", "\x00\r\n"} {
		if e := m.Parse([]byte(s)); e != ErrKeepAlive || e.Status() != 0 {
			t.Errorf("%q: %v", s, e)
		}
		if m.Replyable() || m.IsRequest() || m.CallID() != nil || len(m.Body()) != 0 {
			t.Errorf("%q has contents", s)
		}
	}
	if e := m.Parse([]byte("\x00OPTIONS")); e == OK || e == ErrKeepAlive {
		t.Error(e)
	}
}

func TestCallID(t *testing.T) {
	for value, want := range map[string]Error{
		"f81d4fae@example.com": OK, "<a>(b)/[c]?{d}": OK, "x": OK,
		"": ErrCallID, "a b": ErrCallID, "a\n b": ErrCallID, "a\tb": ErrCallID,
	} {
		b := strings.Replace(string(request("")), "abc@a.example.com", strings.ReplaceAll(value, "\n", crlf), 1)
		var m Msg
		if got := m.Parse([]byte(b)); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// RFC 3261 §20.22: "an integer in the range 0-255"
func TestMaxForwards(t *testing.T) {
	for value, want := range map[string]int{
		"0": 0, "70": 70, "0068": 68, "255": 255, "256": -1, "300": -1, "-1": -1, "": -1, "7 0": -1, "99999999999999999999": -1,
	} {
		m := parse(t, request("Max-Forwards: "+value+"\n"))
		n, present, e := m.MaxForwards()
		if ok := e == OK; !present || ok != (want >= 0) || ok && n != want || m.Check() != e {
			t.Errorf("%q: %d, %v, %v", value, n, present, e)
		}
	}
}

// RFC 3261 §17: an ACK is never answered.
func TestAckIsNotReplyable(t *testing.T) {
	m := parse(t, []byte(strings.ReplaceAll(string(request("")), "OPTIONS", "ACK")))
	if m.Replyable() {
		t.Error("a reply to an ACK")
	}
}

// What Check refuses although Parse does not; RFC 3261 §16.3 step 1.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		old, new string
		want     Error
	}{
		{"sip:bob@example.com SIP", "<sip:bob@example.com> SIP", ErrURI},
		{"sip:bob@example.com SIP", "bob@example.com SIP", ErrURI},
		{"sip:bob@example.com SIP", "sip:bob@example.com?Route=%3Csip:x%3E SIP", ErrURIHeaders},
		{"sip:bob@example.com SIP", "http://example.com/?a=b SIP", OK},
		{"sip:bob@example.com SIP", "tel:+15551234 SIP", OK},
		{"UDP a.example.com", "UDP a.example.com:x", ErrVia},
		{"<sip:alice@example.com>", "\"Alice <sip:alice@example.com>", ErrFrom},
		{"<sip:alice@example.com>", "<sip:alice@example.com>;tag=0", ErrFrom},
		{"To: <sip:bob@example.com>", "To: <sip:bob@example.com", ErrTo},
		{"To: <sip:bob@example.com>", "To:", ErrTo},
	} {
		m := parse(t, []byte(strings.Replace(string(request("")), c.old, c.new, 1)))
		if got := m.Check(); got != c.want {
			t.Errorf("%s: %v, want %v", c.new, got, c.want)
		}
	}
}

func TestRebase(t *testing.T) {
	b := []byte(invite)
	m := parse(t, b)
	m.TopVia()
	moved := append([]byte(nil), b...)
	m.Rebase(moved)
	clear(b)
	wantText(t, "Call-ID", m.CallID(), "3848276298220188511@192.0.2.10")
	wantText(t, "branch", m.TopVia().Branch.Of(m.Buf()), "z9hG4bK87asdks7")
	wantText(t, "From tag", m.FromTag(), "9fxced76sl")
	defer func() {
		if recover() == nil {
			t.Error("another length is accepted")
		}
	}()
	m.Rebase(moved[:10])
}

func TestParseForgetsTheLastMessage(t *testing.T) {
	m := parse(t, []byte(invite))
	m.Check()
	m.Parse(request("X: y\n"))
	wantText(t, "From tag", m.FromTag(), "1")
	if !m.StatusSpan().IsZero() || m.Find(HdrRoute, 0) >= 0 || m.Find(HdrContact, 0) >= 0 || !m.TopVia().RportSpan.IsZero() || len(m.Body()) != 0 {
		t.Error("something of the last message is left")
	}
	m.Reset()
	if m.Buf() != nil || m.NHeaders() != 0 || m.IsRequest() || m.From() != nil || m.TopVia() != nil {
		t.Error("something is left")
	}
}

// A response goes where the top Via says. Without it, the second would be taken for
// it.
func TestNoReplyWithoutAVia(t *testing.T) {
	for _, broken := range []string{"Via: SIP/2.0/UDP b\x01;branch=z9hG4bK0", "v: SIP/2.0/UDP b\rc", "Via: SIP/2.0/UDP b;x=" + strings.Repeat("x", defaultLine)} {
		var m Msg
		wire := strings.Replace(string(request("")), "Via:", broken+"\r\nVia:", 1)
		if e := m.Parse([]byte(wire)); e == OK || m.Find(HdrVia, 0) < 0 || m.Replyable() {
			t.Errorf("%.40q: %v, replyable", broken, e)
		}
	}
}
