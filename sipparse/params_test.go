package sipparse

import (
	"strings"
	"testing"
)

// generic-param = token [ EQUAL gen-value ]; gen-value = token / host / quoted-string
func TestParamsIn(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{";lr", "lr|"},
		{"lr;x=1", "lr| x|1"}, // as in URI.Params
		{` ; a = "b;c\"" ;; d=;e`, `a|"b;c\"" d| e|`},
		{";x=1 ;y\r\n =2", "x|1 y|2"},
		{";=x;y", "|x y|"},   // can stand in a URI
		{";x;\x01y;z", "x|"}, // no parameter begins with a control character
	} {
		var got []string
		b := []byte(c.text)
		it := ParamsIn(b, span(0, len(b)))
		for p := (Param{}); it.Next(&p); {
			got = append(got, string(p.Name.Of(b))+"|"+string(p.Value.Of(b)))
			if v, ok := findParam(b, string(p.Name.Of(b))); !ok || string(v) != string(p.Value.Of(b)) {
				t.Errorf("%q: by name %q, by walk %q", c.text, v, p.Value.Of(b))
			}
		}
		wantText(t, c.text, []byte(strings.Join(got, " ")), c.want)
	}
}

// quoted-string = SWS DQUOTE *(qdtext / quoted-pair ) DQUOTE
// quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
func TestAppendUnquoted(t *testing.T) {
	for _, c := range []struct{ quoted, want string }{
		{`"Bob"`, "Bob"},
		{`""`, ""},
		{`"a \"b\" \\ \c"`, `a "b" \ c`},
		{"\"\\\x00x\"", "\x00x"}, // RFC 4475 §3.1.1.4
		{`"Jürgen"`, "Jürgen"},
		{"\"a\r\n b\"", "a b"},   // "All linear white space, including folding, has the same semantics as SP"
		{"\"a\\\r\n b\"", "a b"}, // CR is no quoted-pair
		{"token", "token"},
		{`a\b`, `a\b`},
		{`"`, `"`},
		{`"a`, `"a`},
		{`"\"`, `\`},
	} {
		wantText(t, c.quoted, AppendUnquoted(nil, []byte(c.quoted)), c.want)
	}
}

func TestAppendQuoted(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"Bob", `"Bob"`},
		{`a "b" \`, `"a \"b\" \\"`},
		{"x\"\r\nVia: evil\r\n\r\n", `"x\"Via: evil"`}, // cannot end the header
		{"a\tb\x00\x7f", "\"a\tb\\\x00\\\x7f\""},
		{"日本", `"日本"`},
	} {
		wantText(t, c.text, AppendQuoted(nil, []byte(c.text)), c.want)
	}
	wantText(t, "appended", AppendQuoted([]byte("x="), []byte("y")), `x="y"`)
}
