package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// SessionLevel is the level of the lines before the first m= line.
const SessionLevel = -1

const (
	inlineLines = 64
	maxLines    = 4096
	maxOfAll    = 256  // lines at session level: each media is asked about all of them
	maxMedia    = 1024 // so together that is not too much
	maxKept     = 1024 // lines beyond the inline ones: one giant must not be remembered for ever
)

// A Session is one parsed session description. It borrows the bytes that were given
// to Parse. Otherwise it is plain data: it may be pooled, and Parse starts it
// afresh. The zero Session is ready for Parse.
type Session struct {
	buf     []byte
	body    sipparse.Span
	n       int    // lines
	media   int    // m= lines
	lf      bool   // its first line ends with LF alone
	more    []line // lines beyond the inline ones; kept for the next description
	scratch []byte // a list that is being written
	lines   [inlineLines]line
}

// Parse reads the session description that is body of b, a message. It returns
// ErrSDP for what the package comment says, and then there are no lines.
func (s *Session) Parse(b []byte, body sipparse.Span) sipparse.Error {
	s.Reset()
	s.buf, s.body = b, body
	if !s.index(b[:body.End], body.Off) {
		s.n, s.media = 0, 0
		return sipparse.ErrSDP
	}
	return sipparse.OK
}

// Reset forgets the description and lets go of its bytes.
func (s *Session) Reset() {
	s.buf, s.body = nil, sipparse.Span{}
	s.n, s.media, s.lf = 0, 0, false
	if cap(s.more) > maxKept {
		s.more = nil
	}
	s.more = s.more[:0]
}

// Rebase tells s that the message, unchanged, is at another address now.
func (s *Session) Rebase(b []byte) {
	if len(b) != len(s.buf) {
		panic("BUG: session rebased onto a buffer of another length")
	}
	s.buf = b
}

// Buf returns the bytes that s was parsed from. All spans are offsets into them.
func (s *Session) Buf() []byte { return s.buf }

// BodySpan returns where the description is.
func (s *Session) BodySpan() sipparse.Span { return s.body }

// NMedia returns the number of m= lines, broken ones included.
func (s *Session) NMedia() int { return s.media }

// NLines returns the number of lines.
func (s *Session) NLines() int { return s.n }

// A Line is one line: its letter, 0 if it is no "x=" line, its level, what is behind
// "x=", and the whole line with its end.
type Line struct {
	Type         byte
	Level        int
	Value, Whole sipparse.Span
}

// Line returns the i-th line, 0 <= i < NLines.
func (s *Session) Line(i int) Line {
	l := s.line(i)
	x := Line{Type: l.typ, Level: int(l.level) - 1, Whole: l.whole()}
	if l.typ != 0 {
		x.Value = l.value()
	}
	return x
}

// index finds the lines from p on; false if they are ambiguous.
func (s *Session) index(b []byte, p uint32) bool {
	if bytes.IndexByte(b[p:], 0) >= 0 {
		return false
	}
	crs := bytes.Count(b[p:], []byte{'\r'})
	s.lf = true
	for p < uint32(len(b)) {
		l, crlf := readLine(b, p)
		if crlf {
			crs--
		}
		if s.n == 0 {
			s.lf = !crlf && l.end < l.next
		}
		if s.n == maxLines || (l.typ == 'v') != (s.n == 0) {
			return false
		}
		if s.add(&l); s.media > maxMedia || s.media == 0 && s.n > maxOfAll {
			return false
		}
		p = l.next
	}
	return crs == 0 && s.n > 0
}

func (s *Session) add(l *line) {
	if l.typ == 'm' {
		s.media++
	}
	l.level = uint16(s.media)
	if s.n < inlineLines {
		s.lines[s.n] = *l
	} else {
		s.more = append(s.more, *l)
	}
	s.n++
}

func (s *Session) line(i int) *line {
	if i < inlineLines {
		return &s.lines[:min(s.n, inlineLines)][i]
	}
	return &s.more[i-inlineLines]
}

// first returns the index of the first line at level or beyond.
func (s *Session) first(level int) int {
	low, high := 0, s.n
	for low < high {
		if mid := (low + high) / 2; int(s.line(mid).level) <= level {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// A walk goes through the lines of one type at one level.
type walk struct {
	s     *Session
	at    int
	level uint16
	typ   byte
}

func (s *Session) walk(level int, typ byte) walk {
	return walk{s, s.first(level), uint16(level + 1), typ}
}

// next returns the next line, nil at the end.
func (w *walk) next() *line {
	for w.at < w.s.n {
		l := w.s.line(w.at)
		if l.level != w.level {
			break
		}
		w.at++
		if l.typ == w.typ {
			return l
		}
	}
	return nil
}

// value returns the value of the first line of that type at session level.
func (s *Session) value(typ byte) sipparse.Span {
	w := s.walk(SessionLevel, typ)
	if l := w.next(); l != nil {
		return l.value()
	}
	return sipparse.Span{}
}

// Version returns the number in the v= line; RFC 8866 knows 0 only.
func (s *Session) Version() (n int, ok bool) {
	u, ok := sipparse.ParseUint(s.value('v').Of(s.buf), 1<<31-1)
	return int(u), ok
}

// Name returns the value of the s= line, nil if there is none.
func (s *Session) Name() []byte { return s.value('s').Of(s.buf) }
