package sipparse

import (
	"bytes"
	"strings"
	"testing"
)

// crlfs writes a message as one sees it: lines end with LF here, with CRLF there.
// The empty line that ends the headers is added if it is missing.
func crlfs(text string) []byte {
	text = strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n")
	if !strings.Contains(text, "\r\n\r\n") {
		text += "\r\n"
	}
	return []byte(text)
}

// request is a valid OPTIONS with more header lines.
func request(lines string) []byte {
	return crlfs(`
OPTIONS sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.com>
Call-ID: abc@a.example.com
CSeq: 7 OPTIONS
` + lines)
}

func parse(t testing.TB, b []byte) *Msg {
	t.Helper()
	m := new(Msg)
	if e := m.Parse(b); e != OK {
		t.Fatalf("%v in:\n%s", e, b)
	}
	return m
}

func wantText(t testing.TB, what string, got []byte, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func wantMessage(t testing.TB, got []byte, want string) {
	t.Helper()
	if w := crlfs(want); !bytes.Equal(got, w) {
		t.Errorf("got:\n%s\nwant:\n%s", got, w)
	}
}

func wantAddrs(t testing.TB, m *Msg, typ HdrType, uris ...string) {
	t.Helper()
	var got []string
	var n NameAddr
	it := m.Addrs(typ)
	for it.Next(&n) {
		got = append(got, string(n.URI.Of(m.Buf())))
	}
	if strings.Join(got, " ") != strings.Join(uris, " ") || it.Err() != OK {
		t.Errorf("%v: %q, %v; want %q", typ, got, it.Err(), uris)
	}
}

// invite is 640 bytes: what a softphone sends by way of one proxy.
const invite = "INVITE sip:bob@192.0.2.20:5060;transport=udp SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK87asdks7;rport\r\n" +
	"Max-Forwards: 70\r\n" +
	"Route: <sip:192.0.2.1;lr>\r\n" +
	"From: \"Alice\" <sip:alice@example.com>;tag=9fxced76sl\r\n" +
	"To: Bob <sip:bob@example.com>\r\n" +
	"Call-ID: 3848276298220188511@192.0.2.10\r\n" +
	"CSeq: 1 INVITE\r\n" +
	"Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n" +
	"User-Agent: Softphone 1.4\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n" +
	"Supported: replaces, timer\r\n" +
	"Content-Type: application/sdp\r\n" +
	"Content-Length: 118\r\n" +
	"\r\n" +
	"v=0\r\no=- 20518 0 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n" +
	"m=audio 54742 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n"
