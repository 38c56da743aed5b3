package fifo

import (
	"bytes"
	"strings"
)

// maxRequest bounds a request and maxAnswer an answer, in bytes.
const (
	maxRequest = 256 << 10
	maxAnswer  = 64 << 20
)

// A scan looks for the end of a JSON object or array that comes in pieces. Nothing is
// said about its being valid.
type scan struct {
	depth           int
	quoted, escaped bool
}

// end returns how much of b, the next piece, belongs to the value; 0: all of it, and
// there is more to come.
func (s *scan) end(b []byte) int {
	for i, c := range b {
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted && c == '\\':
			s.escaped = true
		case c == '"':
			s.quoted = !s.quoted
		case s.quoted:
		case c == '{', c == '[':
			s.depth++
		case c == '}', c == ']':
			if s.depth--; s.depth <= 0 {
				return i + 1
			}
		}
	}
	return 0
}

// A request is what a client has written: the name of the FIFO for its answer, "" if
// it wants none, and the JSON.
type request struct {
	reply string
	json  []byte
}

// next takes the first request off b. More is true when b is only the beginning of
// one. Bad is what was not understood and passed over, up to the end of its line.
func next(b []byte) (r *request, rest, bad []byte, more bool) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if len(b) == 0 {
		return nil, nil, nil, false
	}
	name, text, ok := bytes.Cut(b[1:], []byte{':'})
	switch {
	case b[0] != ':', len(name) > 255, bytes.ContainsAny(name, "\r\n"):
		return skip(b)
	case !ok, len(bytes.TrimLeft(text, " \t")) == 0:
		return nil, b, nil, true
	}
	text = bytes.TrimLeft(text, " \t")
	if text[0] != '{' && text[0] != '[' {
		return skip(b)
	}
	n := new(scan).end(text)
	if n == 0 {
		return nil, b, nil, true
	}
	return &request{string(name), text[:n]}, text[n:], nil, false
}

func skip(b []byte) (*request, []byte, []byte, bool) {
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 {
		n = len(b)
	}
	return nil, b[n:], b[:n], false
}

// goodName reports whether a client may call its FIFO so: it cannot lead out of the
// directory for replies.
func goodName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "./\\\x00")
}
