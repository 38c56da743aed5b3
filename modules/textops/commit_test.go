package textops

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

const sample = "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a.example.com;branch=z9hG4bK1\r\n" +
	"Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: abc\r\n" +
	"CSeq: 7 MESSAGE\r\nSubject: one\r\n two\r\nContent-Length: 11\r\n\r\nhello\r\nyou\n"

func parsed(t testing.TB, text string) *sipparse.Msg {
	m := new(sipparse.Msg)
	if err := m.Parse([]byte(text)); err != sipparse.OK {
		t.Fatal(err)
	}
	return m
}

// changesOf finds what replace_all would change.
func changesOf(m *sipparse.Msg, re *regexp.Regexp, text []byte) (list []change) {
	at := message(m)
	for _, loc := range re.FindAllIndex(at.Of(m.Buf()), -1) {
		ch := change{sipparse.Span{Off: at.Off + uint32(loc[0]), End: at.Off + uint32(loc[1])}, text}
		if ch.at.Len() == 0 {
			return nil
		}
		ch.keepLineEnd(m.Buf())
		list = append(list, ch)
	}
	return list
}

// A header line stays one, or becomes several, or goes; nothing else.
func TestLinesStay(t *testing.T) {
	m := parsed(t, sample)
	for _, c := range []struct {
		re, text string
		want     bool
	}{
		{"one", "three", true},
		{"Subject: one\r\n two\r\n", "", true},
		{"Subject: one\r\n two\r\n", "A: 1\r\nB: 2\r\n", true},
		{"two", "2\r\nB: 2", true},
		{"two\r\n", "2", false},
		{"two", "2\r\n\r\nB: 2", false},
		{"two", "2\rx", false},
		{"two", "2\n", false},
		{"Subject:", "Sub ject:", false},
		{"Subject: one\r\n", "", false}, // " two" would belong to the header above
		{"CSeq: 7 MESSAGE\r\nSubject", "X", false},
		{"11\r\n\r\n", "11\r\nX: y\r\n\r\n", false},
		{"\r\n\r\nhello", "", false},
		{"hello", "\r\n\r\n", true},
		{"two", "2\r\nVia: SIP/2.0/UDP b.example.com;branch=z9hG4bK2", false}, // a peer's text would be another Via
		{"two", "2\r\nl: 0", false},
		{"Subject:", "From:", false},
		{"Call-ID", "i", true},
		{"Call-ID: abc", "Call-ID: abc\r\ni: def", false},
	} {
		list := changesOf(m, regexp.MustCompile(c.re), []byte(c.text))
		if len(list) != 1 || linesStay(m, list) != c.want {
			t.Errorf("%q by %q: %v, want %v", c.re, c.text, !c.want, c.want)
		}
	}
}

// Many changes in a body become one.
func TestJoin(t *testing.T) {
	m := parsed(t, sample)
	list := changesOf(m, regexp.MustCompile("l|y"), []byte("<>"))
	list = list[len(list)-3:]
	all := join(m.Buf(), list)
	if got := string(all.text); got != "<><>o\r\n<>" || string(all.at.Of(m.Buf())) != "llo\r\ny" {
		t.Errorf("%q for %q", got, all.at.Of(m.Buf()))
	}
}

// Whatever a script replaces by whatever: if the lines stay, the border between headers and
// body stays where it was, and the body is what was made of it.
func FuzzReplace(f *testing.F) {
	f.Add("one", "x")
	f.Add(".*", "")
	f.Add("(?s)one.*hello", "A: b\r\n\r\n")
	f.Add("\n", "\r\n")
	f.Add(" ", "\r\n")
	f.Add("[a-z]+:", "X:")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > 100 || len(text) > 1000 {
			t.Skip()
		}
		m := parsed(t, sample)
		list := changesOf(m, re, []byte(text))
		if len(list) == 0 || len(list) > maxChanges || !linesStay(m, list) {
			return
		}
		var e sipparse.Edits
		body := 0
		for _, ch := range list {
			e.Replace(ch.at, ch.text)
			if ch.at.Len() == 0 {
				e.Insert(ch.at.Off, ch.text)
			}
			if ch.at.Off >= m.BodySpan().Off {
				body += len(ch.text) - ch.at.Len()
			}
		}
		out := m.AppendEdited(nil, &e, nil)
		head, rest, found := strings.Cut(string(out), "\r\n\r\n")
		if !found || len(rest) != m.BodySpan().Len()+body {
			t.Errorf("%q by %q: %d bytes of body, want %d\n%q", pattern, text, len(rest), m.BodySpan().Len()+body, out)
		}
		lines := bytes.SplitAfterN([]byte(head+"\r\n"), []byte("\r\n"), 2)
		if len(lines) != 2 || len(lines[1]) > 0 && !sipparse.IsHeaderLines(lines[1]) {
			t.Errorf("%q by %q: these are no header lines:\n%q", pattern, text, out)
		}
	})
}
