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
