package sipparse

import (
	"bytes"
	"testing"
)

// escaped = "%" HEXDIG HEXDIG; RFC 3261 §25.1. What is none stays as it is.
func TestUnescaped(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a%20b%40c": "a b@c", "%4a%4A": "JJ", "%00": "\x00", "%Zz%4%": "%Zz%4%", "%%41": "%A", "%2541": "%41", "%g1%1g": "%g1%1g",
	} {
		wantText(t, in, AppendUnescaped([]byte("x"), []byte(in)), "x"+want)
	}
}

// user-unreserved, param-unreserved and hnv-unreserved; RFC 3261 §25.1
func TestEscaped(t *testing.T) {
	every := []byte("aZ09-_.!~*'()&=+$,;?/[]:@% \"\\\x00\xff")
	wantText(t, "user", AppendEscapedUser(nil, every), `aZ09-_.!~*'()&=+$,;?/%5b%5d%3a%40%25%20%22%5c%00%ff`)
	wantText(t, "param", AppendEscapedParam(nil, every), `aZ09-_.!~*'()&%3d+$%2c%3b%3f/[]:%40%25%20%22%5c%00%ff`)
	wantText(t, "header", AppendEscapedHeader(nil, every), `aZ09-_.!~*'()%26%3d+$%2c%3b?/[]:%40%25%20%22%5c%00%ff`)
}

// What is escaped can be written into a URI, and is read back.
func FuzzEscape(f *testing.F) {
	f.Add([]byte("a b@c;d\r\n"), []byte("%41"), []byte("\x00&="))
	f.Fuzz(func(t *testing.T, user, param, header []byte) {
		if len(user) == 0 || len(param) == 0 || len(header) == 0 {
			return
		}
		b := append(AppendEscapedUser([]byte("sip:"), user), "@h;p="...)
		b = append(AppendEscapedParam(b, param), "?h="...)
		b = AppendEscapedHeader(b, header)
		var u URI
		if e := ParseURI(b, &u); e != OK {
			t.Fatalf("%q: %v", b, e)
		}
		var p, h URIPair
		params, headers := u.ParamPairs(b), u.HeaderPairs(b)
		if !params.Next(&p) || !headers.Next(&h) || params.Next(new(URIPair)) || headers.Next(new(URIPair)) {
			t.Fatalf("%q: not one of each", b)
		}
		for _, x := range [...]struct {
			got  Span
			want []byte
		}{{u.User, user}, {p.Value, param}, {h.Value, header}} {
			if got := AppendUnescaped(nil, x.got.Of(b)); !bytes.Equal(got, x.want) {
				t.Errorf("%q, was %q", got, x.want)
			}
		}
	})
}

// escaped = "%" HEXDIG HEXDIG ; RFC 3261 §25.1
func TestWellEscaped(t *testing.T) {
	for text, want := range map[string]bool{"": true, "a": true, "%41": true, "%aF%25": true, "%": false, "%4": false, "a%4": false, "%Zz": false, "%%41": false, "%41%": false} {
		if got := WellEscaped([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
