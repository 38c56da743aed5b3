package uac

import (
	"bytes"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// The form is OpenSIPS's (modules/uac/replace.c), so that a dialog goes on wherever its
// next request comes to: both URIs XORed, the new one with its < >, then with the password,
// in base64 with - at the end. These are by another program, after that description.
func TestMaskIsOpenSIPSs(t *testing.T) {
	for _, c := range []struct{ password, was, becomes, param string }{
		{"", "sip:alice@home.test", "sip:anonymous@anonymous.invalid", "TxoZSlsNBwwLOQUAGBZuFQscGnltb3VzLmludmFsaWQ+"},
		{"", "sip:a-rather-long-name@home.example.com;user=phone", "sip:x@y", "TxoZSltVMhhKaGVyLWxvbmctbmFtZUBob21lLmV4YW1wbGUuY29tO3VzZXI9cGhvbmU-"},
		{"secret", "sip:alice@home.test", "sip:anonymous@anonymous.invalid", "PH96OD55dGloS2B0a3MNZ25oaRwOHRAHXQwNBAQYGgFd"},
		{"secret", "sip:a-rather-long-name@home.example.com;user=phone", "sip:x@y", "PH96OD4hQX0pGgAGXgkMHAJZHQQOFyUcHAgGXAAMEggTHgBaEAoOSRAHFhdeAg0bHQA-"},
	} {
		m := &Module{password: c.password}
		if param := m.mask([]byte(c.was), []byte(c.becomes)); string(param) != c.param {
			t.Errorf("%s: %s, want %s", c.was, param, c.param)
		}
	}
}

// Whichever of the two is longer, each is found by the other, with and without a password;
// so is what the callee is shown.
func TestMaskBothWays(t *testing.T) {
	for _, password := range []string{"", "x", "a longer one than any URI that is here, by some"} {
		m := &Module{password: password}
		for _, was := range []string{"sip:a@b", "sip:alice@home.test;user=phone", "tel:+49301234567"} {
			for _, becomes := range []string{"sip:c@d", "sip:anonymous@anonymous.invalid"} {
				param := m.mask([]byte(was), []byte(becomes))
				if got, ok := m.renewed(param, []byte(was)); !ok || string(got) != becomes {
					t.Errorf("%s to %s: downstream %s", was, becomes, got)
				}
				if got, ok := m.original(param, []byte(becomes)); !ok || string(got) != was {
					t.Errorf("%s to %s: upstream %s", was, becomes, got)
				}
			}
		}
		for _, s := range []shown{{uri: []byte("sip:a@b")}, {name: []byte("Bob"), named: true}, {named: true}, {uri: []byte("sip:a@b"), name: []byte(`"B B"`), named: true}} {
			got, ok := m.decode(m.encode(&s))
			if !ok || string(got.uri) != string(s.uri) || string(got.name) != string(s.name) || got.named != s.named {
				t.Errorf("%+v comes back as %+v", s, got)
			}
		}
	}
}

// What a peer writes there makes no header that is none: no crash, and no line ends.
func FuzzUnmask(f *testing.F) {
	f.Add("TxoZSlsA", "sip:alice@home.test", "secret")
	f.Add("-", "", "")
	f.Add("Zm9v----", "sip:a", "")
	f.Fuzz(func(t *testing.T, param, known, password string) {
		m := &Module{password: password}
		if uri, ok := m.original([]byte(param), []byte(known)); ok {
			wantHeader(t, "", uri)
		}
		if uri, ok := m.renewed([]byte(param), []byte(known)); ok {
			wantHeader(t, "", uri)
		}
		if s, ok := m.decode([]byte(param)); ok {
			if len(s.uri) == 0 {
				s.uri = []byte("sip:a@b")
			}
			wantHeader(t, string(s.name), s.uri)
		}
	})
}

func wantHeader(t *testing.T, name string, uri []byte) {
	t.Helper()
	var n sipparse.NameAddr
	text := append(append([]byte(name+" <"), uri...), ">;tag=1"...)
	if sipparse.ParseNameAddr(bytes.TrimLeft(text, " "), &n) != sipparse.OK || string(n.Tag.Of(bytes.TrimLeft(text, " "))) != "1" || bytes.ContainsAny(text, "\r\n") {
		t.Errorf("%q", text)
	}
}

// A display name is a token or a quoted-string (RFC 3261 §25.1).
func TestDisplayName(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Bob": "Bob", "+49": "+49", "Bob B": `"Bob B"`, `"Bob B"`: `"Bob B"`, `say "hi"`: `"say \"hi\""`, `back\slash`: `"back\\slash"`,
		`"`: `"\""`, `"a" b"`: `"\"a\" b\""`, `"a\"`: `"\"a\\\""`, "Jäger": `"Jäger"`, "<sip:x>": `"<sip:x>"`,
	} {
		if got, ok := displayName([]byte(in)); !ok || string(got) != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	for _, in := range []string{"a\r\nX: y", "a\n", "\x00", string(make([]byte, 300))} {
		if got, ok := displayName([]byte(in)); ok {
			t.Errorf("%q: %q", in, got)
		}
	}
}
