package sipparse

import (
	"strings"
	"testing"
)

func wantTokens(t *testing.T, lines, want string, err Error) {
	t.Helper()
	m := parse(t, request(lines+"\n"))
	var got []string
	it := m.Tokens(HdrSupported)
	for s := (Span{}); it.Next(&s); {
		got = append(got, string(s.Of(m.Buf())))
	}
	if strings.Join(got, " ") != want || it.Err() != err {
		t.Errorf("%q: %q, %v", lines, got, it.Err())
	}
}

// Supported = ( "Supported" / "k" ) HCOLON [option-tag *(COMMA option-tag)]
func TestTokens(t *testing.T) {
	wantTokens(t, "", "", OK)
	wantTokens(t, "Supported:", "", OK)
	wantTokens(t, "Supported: 100rel", "100rel", OK)
	wantTokens(t, "k: 100rel , timer\nSupported:\nSupported:\n  path,\n  gruu", "100rel timer path gruu", OK)
	wantTokens(t, "Supported: ,a,, b,\nk: ,", "a b", OK)
	wantTokens(t, "Supported: g.3gpp.x;a=\"b,c\", d", "g.3gpp.x d", OK) // Recv-Info; RFC 6086 §7.2
	wantTokens(t, "Supported: 70710@saturn.bell-tel.com,<x>/y", "70710@saturn.bell-tel.com <x>/y", OK)
	wantTokens(t, "Supported: a, b c, d", "a", ErrValue)
	wantTokens(t, "Supported: \"a\"", "", ErrValue)
	wantTokens(t, "Supported: a;", "", ErrValue)
	wantTokens(t, "Supported: ;a", "", ErrValue)
}

func TestTokenOnly(t *testing.T) {
	m := parse(t, request("Supported: ,a,, \nSupported: b,,c\n"))
	it := m.Tokens(HdrSupported)
	var got []bool
	for s := (Span{}); it.Next(&s); {
		got = append(got, it.Only())
	}
	if len(got) != 3 || !got[0] || got[1] && got[2] {
		t.Errorf("alone on their lines: %v", got)
	}
}

// "Unless otherwise stated in the definition of a particular header field, field
// values, parameter names, and parameter values are case-insensitive"; §7.3.1
func TestHasToken(t *testing.T) {
	m := parse(t, request("Supported: timer, 100REL\n"))
	if !m.HasToken(HdrSupported, "100rel") || !m.HasToken(HdrSupported, "timer") || m.HasToken(HdrSupported, "100re") || m.HasToken(HdrRequire, "timer") {
		t.Error("wrong tags")
	}
}

// "The absence of an Allow header field MUST NOT be interpreted to mean that the
// User Agent sending the message supports no methods"; §20.5. Methods are
// case-sensitive; §7.1.
func TestAllows(t *testing.T) {
	for _, c := range []struct {
		lines          string
		allowed, known bool
	}{
		{"", false, false},
		{"Allow:", false, true},
		{"Allow: INVITE, UPDATE", true, true},
		{"Allow: INVITE\nAllow: UPDATE", true, true},
		{"Allow: INVITE, update", false, true},
	} {
		m := parse(t, request(c.lines+"\n"))
		if allowed, known := m.Allows(Update); allowed != c.allowed || known != c.known {
			t.Errorf("%q: %v %v", c.lines, allowed, known)
		}
	}
	if allowed, _ := parse(t, request("Allow: FOO\n")).Allows(MethodOther); allowed {
		t.Error("any unknown method is allowed")
	}
}

func TestToken(t *testing.T) {
	for _, c := range []struct {
		lines, want string
		there       bool
		err         Error
	}{
		{"", "", false, OK},
		{"SIP-ETag: dx200xyz", "dx200xyz", true, OK},
		{"SIP-ETag:", "", true, ErrValue},
		{"SIP-ETag: a b", "", true, ErrValue},
		{"SIP-ETag: a, b", "", true, ErrValue},
		{"SIP-ETag: a\nSIP-ETag: b", "", true, ErrValue},
	} {
		m := parse(t, request(c.lines+"\n"))
		var s Span
		if there, err := m.Token(HdrSIPETag, &s); there != c.there || err != c.err || err == OK && string(s.Of(m.Buf())) != c.want {
			t.Errorf("%q: %q %v %v", c.lines, s.Of(m.Buf()), there, err)
		}
	}
}
