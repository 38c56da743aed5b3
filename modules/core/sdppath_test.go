package core

import (
	"fmt"
	"testing"
)

func (c chunk) String() string {
	if !c.is {
		return "-"
	}
	return fmt.Sprintf("%q[%d]", c.prefix, c.n)
}

// A path is line/token, of a stream stream/line/token; each a prefix with an index, both
// optional. A backslash takes the meaning from a slash.
func TestSDPPath(t *testing.T) {
	for _, c := range []struct {
		text   string
		levels int
		want   string
	}{
		{"a=", 2, `- "a="[0] -`},
		{"a=[0]", 2, `- "a="[0] -`},
		{"[7]", 2, `- ""[7] -`},
		{"m=audio[1]/[2]", 2, `- "m=audio"[1] ""[2]`},
		{`m=audio[1]/RTP\/AVP[1]`, 2, `- "m=audio"[1] "RTP/AVP"[1]`},
		{`a=x\[1]`, 2, `- "a=x[1]"[0] -`},
		{`a=\\`, 2, `- "a=\\"[0] -`},
		{`a=\d`, 2, `- "a=\\d"[0] -`},
		{" a= [ 3 ] / b ", 2, `- "a= "[3] "b "[0]`},
		{"o=/", 2, `- "o="[0] ""[0]`},
		{"/a=ptime", 3, `""[0] "a=ptime"[0] -`},
		{"[1]/a=ptime", 3, `""[1] "a=ptime"[0] -`},
		{"video[1]/a=fmtp:115/bitrate=", 3, `"video"[1] "a=fmtp:115"[0] "bitrate="[0]`},
		{"audio", 3, `"audio"[0] - -`},
		{"", 2, `- ""[0] -`},
		{"a/b/c", 2, "error"},
		{"a/b/c/d", 3, "error"},
		{"a[", 2, "error"},
		{"a[x]", 2, "error"},
		{"a[-1]", 2, "error"},
		{"a[1]x", 2, "error"},
	} {
		p, err := parseSDPPath([]byte(c.text), c.levels)
		got := fmt.Sprint(p.stream, " ", p.line, " ", p.token)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

// No path and no text makes it panic or run on.
func FuzzSDPPath(f *testing.F) {
	f.Add([]byte("video[1]/a=fmtp:115/bitrate="), []byte("v=0\r\nm=video 1 RTP/AVP 115\r\na=fmtp:115 bitrate=1\r\n"))
	f.Fuzz(func(t *testing.T, path, text []byte) {
		for of := allLines; of <= streamLines; of++ {
			p, err := parseSDPPath(path, of.levels())
			if err != nil {
				continue
			}
			at, ok := p.place(text, of)
			if !ok || !at.is {
				continue
			}
			if tok, ok := p.findToken(at.line.of(text)); ok && (tok.off > tok.value || tok.value > tok.end || at.line.off+tok.end > at.line.end) {
				t.Errorf("%+v of %+v", tok, at)
			}
		}
	})
}
