package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// A line is "x=value", as the index keeps it.
type line struct {
	off, end uint32 // without its line end
	next     uint32 // where the next line begins
	typ      byte   // x; 0 if it is no such line
	level    uint16 // of which media it is, counted from 1; 0 at session level
}

func (l *line) whole() sipparse.Span { return sipparse.Span{Off: l.off, End: l.next} }

// value returns what is behind "x=".
func (l *line) value() sipparse.Span { return sipparse.Span{Off: l.off + 2, End: l.end} }

// readLine finds the line of b at p; crlf says how it ends.
func readLine(b []byte, p uint32) (l line, crlf bool) {
	l.off = p
	l.end, l.next = uint32(len(b)), uint32(len(b))
	if i := bytes.IndexByte(b[p:], '\n'); i >= 0 {
		l.end = p + uint32(i)
		l.next = l.end + 1
		if l.end > p && b[l.end-1] == '\r' {
			l.end--
			crlf = true
		}
	}
	if l.end >= p+2 && b[p+1] == '=' {
		l.typ = b[p]
	}
	return l, crlf
}

// words are the fields of a value: one space is between them, some send more.
type words struct {
	b   []byte
	pos int
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// next returns where in b the next word is; nothing at the end.
func (w *words) next() (from, end int) {
	for w.pos < len(w.b) && isSpace(w.b[w.pos]) {
		w.pos++
	}
	from = w.pos
	for w.pos < len(w.b) && !isSpace(w.b[w.pos]) {
		w.pos++
	}
	return from, w.pos
}

// word is next as bytes, nil at the end.
func (w *words) word() []byte {
	from, end := w.next()
	if from == end {
		return nil
	}
	return w.b[from:end:end]
}

// spans reads all of s, words, into dst: true if there are exactly as many.
func spans(b []byte, s sipparse.Span, dst ...*sipparse.Span) bool {
	w := words{b: b[:s.End], pos: int(s.Off)}
	for _, d := range dst {
		from, end := w.next()
		if from == end {
			return false
		}
		*d = sipparse.Span{Off: uint32(from), End: uint32(end)}
	}
	return w.word() == nil
}

// cut splits s at the first sep; after is zero, and ok false, without one.
func cut(b []byte, s sipparse.Span, sep byte) (before, after sipparse.Span, ok bool) {
	i := bytes.IndexByte(s.Of(b), sep)
	if i < 0 {
		return s, sipparse.Span{}, false
	}
	at := s.Off + uint32(i)
	return sipparse.Span{Off: s.Off, End: at}, sipparse.Span{Off: at + 1, End: s.End}, true
}
