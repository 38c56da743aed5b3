package proxy

import "github.com/fastsips/fastsips/sipparse"

// Path returns the path of the target: the value of a Path or Route header; nil when
// there is none.
func (t *Target) Path() []byte {
	if len(t.path) == 0 {
		return nil
	}
	return t.path
}

// SetPath makes path, a list of <uri> as Path headers have it, the way to the target
// (RFC 3327 §5.3): it is sent as Route, to the first of them unless there is a
// destination URI. Empty removes it; false for what is no such list, or too long.
func (t *Target) SetPath(path []byte) bool {
	if len(path) > maxPath || len(path) > 0 && !isRouteSet(path) {
		return false
	}
	t.path = append(t.path[:0], path...)
	return true
}

// maxPath bounds the bytes of a path: as many as one line may have.
const maxPath = 16384

// nextURI is where the target leads: the destination URI, the first URI of its path,
// or the R-URI.
func (t *Target) nextURI(received []byte) []byte {
	if dst := t.Dst(); dst != nil {
		return dst
	}
	if len(t.path) > 0 {
		uri, _, _ := cutRoute(t.path)
		return uri
	}
	return t.URI(received)
}

func isRouteSet(b []byte) bool {
	for len(b) > 0 {
		uri, rest, ok := cutRoute(b)
		var u sipparse.URI
		if !ok || sipparse.ParseURI(uri, &u) != sipparse.OK {
			return false
		}
		b = rest
	}
	return true
}

// cutRoute splits a list of name-addr behind its first value. A URI in a path is
// always within < > (RFC 3327 §4).
func cutRoute(b []byte) (uri, rest []byte, ok bool) {
	end := valueEnd(b)
	var n sipparse.NameAddr
	if sipparse.ParseNameAddr(b[:end], &n) != sipparse.OK {
		return nil, nil, false
	}
	if end < len(b) {
		rest = b[end+1:]
		ok = len(rest) > 0
	} else {
		ok = true
	}
	return n.URI.Of(b), rest, ok
}

// valueEnd is where the comma behind the first value stands, outside of quotes and of
// < >, or the end; a line end ends it as well, so that nothing behind it is accepted.
func valueEnd(b []byte) int {
	quoted, angled := false, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"' && !angled:
			quoted = !quoted
		case quoted:
		case c == '<':
			angled = true
		case c == '>':
			angled = false
		case c == ',' && !angled:
			return i
		}
	}
	return len(b)
}
