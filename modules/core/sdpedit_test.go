package core

import (
	"bytes"
	"strings"
	"testing"
)

const twoStreams = "v=0\ns=- -\na=x\nm=audio 1 RTP/AVP 0\na=p:1 k=2 l\na=p:2\nm=video 2 RTP/AVP 9\na=p:3\n"

// What an assignment makes of a session description: the one line or token changes.
func TestSDPWrites(t *testing.T) {
	for _, c := range []struct {
		path, text string // "NULL" removes
		of         sdpScope
		how        string
		old, now   string // in twoStreams
	}{
		{"a=p[1]", "a=q", allLines, "", "a=p:2\n", "a=q\n"},
		{"a=p[1]", "a=q\r\n", allLines, "", "a=p:2\n", "a=q\n"},
		{"a=p[1]", "NULL", allLines, "", "a=p:2\n", ""},
		{"[0]", "NULL", allLines, "", "v=0\n", ""},
		{"[7]", "NULL", allLines, "", "a=p:3\n", ""},
		{"a=p[1]", "a=q", allLines, "insert", "a=p:2\n", "a=q\na=p:2\n"},
		{"a=p[1]", "a=q", allLines, "after", "a=p:2\n", "a=p:2\na=q\n"},
		{"[8]", "a=q", allLines, "insert", "a=p:3\n", "a=p:3\na=q\n"},
		{"[8]", "a=q", allLines, "after", "a=p:3\n", "a=p:3\na=q\n"},
		{"a=", "a=q", sessionLines, "after", "a=x\n", "a=x\na=q\n"},
		{"[3]", "a=q", sessionLines, "insert", "a=x\n", "a=x\na=q\n"},
		{"audio/[3]", "a=q", streamLines, "insert", "a=p:2\n", "a=p:2\na=q\n"},
		{"video/a=p", "a=q", streamLines, "", "a=p:3\n", "a=q\n"},
		{"[1]", "NULL", streamLines, "", "m=video 2 RTP/AVP 9\na=p:3\n", ""},
		{"audio", "NULL", streamLines, "", "m=audio 1 RTP/AVP 0\na=p:1 k=2 l\na=p:2\n", ""},
		{"audio", "m=audio 7 RTP/AVP 0", streamLines, "", "m=audio 1 RTP", "m=audio 7 RTP"},
		{"m=audio/[1]", "77", allLines, "", "audio 1 ", "audio 77 "},
		{"m=audio/[0]", "text", allLines, "", "m=audio", "m=text"},
		{"a=p:/[0]", "9", allLines, "", "a=p:1", "a=p:9"},
		{"a=p/[0]", "9", allLines, "", "a=p:1", "a=9"},
		{"a=p/k=", "99", allLines, "", "k=2", "k=99"},
		{"a=p/k=", "NULL", allLines, "", "a=p:1 k=2 l", "a=p:1 l"},
		{"a=p/l", "NULL", allLines, "", "a=p:1 k=2 l", "a=p:1 k=2"},
		{"a=p:/[0]", "NULL", allLines, "", "a=p:1 k=2 l", "a=p:k=2 l"},
		{"a=x/a=", "NULL", allLines, "", "a=x\n", ""},
		{"a=x/a=x", "y", allLines, "", "a=x\n", "a=xy\n"},
	} {
		w := writeOf(c.path, c.text, c.of, c.how)
		e, ok := w.plan([]byte(twoStreams))
		if got, want := string(e.append(nil, []byte(twoStreams))), strings.Replace(twoStreams, c.old, c.now, 1); !ok || got != want {
			t.Errorf("%s = %q %s: %v %q, want %q", c.path, c.text, c.how, ok, got, want)
		}
	}
}

func writeOf(path, text string, of sdpScope, how string) *sdpWrite {
	p, err := parseSDPPath([]byte(path), of.levels())
	if err != nil {
		return nil
	}
	return &sdpWrite{path: &p, of: of, insert: how == "insert", after: how == "after", remove: text == "NULL", text: []byte(text)}
}

// What names nothing, and what would break a line, is refused.
func TestSDPWritesRefused(t *testing.T) {
	for _, c := range []struct {
		path, text string
		of         sdpScope
		how        string
	}{
		{"x=", "x=1", allLines, ""}, {"x=", "NULL", allLines, ""}, {"x=", "x=1", allLines, "insert"}, {"[8]", "a=q", allLines, ""}, {"[9]", "a=q", allLines, "insert"},
		{"[8]", "NULL", allLines, ""}, {"a=", "NULL", allLines, "insert"}, {"a=", "", allLines, ""}, {"a=", "a\x00", allLines, ""},
		{"m=audio/[9]", "x", allLines, ""}, {"m=audio/[1]", "", allLines, ""}, {"m=audio/[1]", "1\r\n", allLines, ""}, {"[8]/[0]", "x", allLines, ""},
		{"text/a=", "a=q", streamLines, ""}, {"[2]", "NULL", streamLines, ""}, {"m=", "x", sessionLines, ""},
	} {
		if _, ok := writeOf(c.path, c.text, c.of, c.how).plan([]byte(twoStreams)); ok {
			t.Errorf("%s = %q %s is not refused", c.path, c.text, c.how)
		}
	}
}

// A last line without an end gets one before another follows; lines end as the others do.
func TestSDPWritesLineEnds(t *testing.T) {
	for text, want := range map[string]string{"v=0": "v=0\r\na=q\r\n", "v=0\r\n": "v=0\r\na=q\r\n", "v=0\n": "v=0\na=q\n"} {
		e, ok := writeOf("v=", "a=q", allLines, "after").plan([]byte(text))
		if got := string(e.append(nil, []byte(text))); !ok || got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Whatever is written where, all but one stretch of the text stays.
func FuzzSDPWrite(f *testing.F) {
	f.Add("audio/a=p/k=", "x", twoStreams, byte(2), byte(1))
	f.Fuzz(func(t *testing.T, path, value, text string, of, how byte) {
		w := writeOf(path, value, sdpScope(of%3), []string{"", "insert", "after"}[how%3])
		if w == nil {
			return
		}
		e, ok := w.plan([]byte(text))
		if !ok {
			return
		}
		got := e.append(nil, []byte(text))
		if len(got) > e.size([]byte(text)) || e.from > e.to || !bytes.HasPrefix(got, []byte(text[:e.from])) || !bytes.HasSuffix(got, []byte(text[e.to:])) {
			t.Errorf("%+v", e)
		}
	})
}
