package core

import "bytes"

// A sdpWrite is an assignment to a place in a session description.
type sdpWrite struct {
	path          *sdpPath
	of            sdpScope
	insert, after bool   // [insert], [insertAfter]
	remove        bool   // NULL
	text          []byte // else
}

// A lineEdit replaces [from, to) of a session description.
type lineEdit struct {
	from, to             int
	before, text, behind []byte
}

func (e *lineEdit) size(b []byte) int {
	return len(b) + len(e.before) + len(e.text) + len(e.behind)
}

func (e *lineEdit) append(dst, b []byte) []byte {
	dst = append(append(dst, b[:e.from]...), e.before...)
	dst = append(append(dst, e.text...), e.behind...)
	return append(dst, b[e.to:]...)
}

// plan says what the assignment makes of b; false if it cannot be made.
func (w *sdpWrite) plan(b []byte) (e lineEdit, ok bool) {
	at, ok := w.path.place(b, w.of)
	if !ok {
		return e, false
	}
	e = lineEdit{from: at.line.off, to: at.line.end}
	switch {
	case w.path.token.is:
		return e, at.is && w.token(&e, at.line, b)
	case w.insert || w.after:
		return e, !w.remove && w.line(&e, at, b)
	case !at.is:
		return e, false
	case w.remove && at.whole:
		e.to = at.last
		return e, true
	case w.remove:
		e.to = at.line.next
		return e, true
	}
	e.text = trimLineEnd(w.text)
	return e, isLine(e.text)
}

// line adds a line before the place, or behind it.
func (w *sdpWrite) line(e *lineEdit, at sdpPlace, b []byte) bool {
	e.text = trimLineEnd(w.text)
	if w.after && at.is {
		e.from = at.line.next
	}
	e.to = e.from
	e.behind = lineEndOf(b)
	if e.from > 0 && b[e.from-1] != '\n' {
		e.before = e.behind
	}
	return isLine(e.text)
}

// token writes the value of a token, or removes it with the white space before it, or
// behind if it is the first. A line of which nothing is left goes, too.
func (w *sdpWrite) token(e *lineEdit, l sdpLine, b []byte) bool {
	line := l.of(b)
	t, ok := w.path.findToken(line)
	switch {
	case !ok:
		return false
	case !w.remove:
		e.from, e.to, e.text = l.off+t.value, l.off+t.end, w.text
		return len(w.text) > 0 && bytes.IndexAny(w.text, "\r\n\x00") < 0
	}
	from, to := t.off, t.end
	for from > 0 && isSpace(line[from-1]) {
		from--
	}
	if from == t.off {
		to = skipSpace(line, to)
	}
	e.from, e.to = l.off+from, l.off+to
	if from == 0 && to == len(line) {
		e.to = l.next
	}
	return true
}

// isLine reports whether text can be a line, or several.
func isLine(text []byte) bool { return len(text) > 0 && bytes.IndexByte(text, 0) < 0 }

func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte{'\n'})
	return bytes.TrimSuffix(b, []byte{'\r'})
}

var crlf, lf = []byte("\r\n"), []byte("\n")

// lineEndOf is how the lines of b end.
func lineEndOf(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 && (i == 0 || b[i-1] != '\r') {
		return lf
	}
	return crlf
}
