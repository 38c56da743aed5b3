package syntax

import (
	"bytes"
	"testing"
)

// FuzzScan: whatever the text, scanning it ends; the tokens lie in order and do not
// overlap; and a filter's output, with or without line markers, is read with places that
// exist.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"a 1 0x1f 017 \"x\\n\\x41\\101\" 'raw\\' $a $(a(b)[1]{s.len}) 10.0.0.1 2001:db8::1 := << /* /* */ */ # c\n+-",
		"#line 3 \"stdin\"\nroute { f(; }\n#line 1 \"x\"\ny=\n# 7 \"-\"\n}", "\"a\nb\" \"\\\n\" '", "1.2.3.4.5 1:2:3 ::1/128 [::1]:5",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Diags
		s := newScanner(func(string) ([]byte, error) { return nil, errTooMany }, &d)
		s.file("fuzz.cfg", text)
		end := 0
		for i := range s.toks {
			tok := &s.toks[i]
			if tok.off < end || tok.end <= tok.off || tok.end > len(text) {
				t.Fatalf("token %d is at %d to %d, the one before ends at %d of %d", i, tok.off, tok.end, end, len(text))
			}
			end = tok.end
		}
		var through Diags
		ParseThrough("fuzz.cfg", []byte("a\nb\nc\n"), s.open, Filter{"f", func([]byte) ([]byte, error) { return text, nil }}, &through)
		for _, g := range through.List {
			if g.Src == nil || g.Line < 1 || g.Col < 1 {
				t.Fatalf("%+v is nowhere", g)
			}
		}
		through.Render(new(bytes.Buffer))
	})
}
