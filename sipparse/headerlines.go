package sipparse

import "bytes"

// IsHeaderLines reports whether b is one or more complete header lines, each with its
// CRLF: one begins with a name and a colon, or continues the one before it. Anything
// else, put among the headers of a message, would move the border between them or that
// of the body (RFC 3261 §7.3).
func IsHeaderLines(b []byte) bool {
	for first := true; first || len(b) > 0; first = false {
		line, rest, ok := bytes.Cut(b, crlfBytes)
		if !ok || len(line) == 0 || bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
			return false
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if folded && first || !folded && !isNamed(line) {
			return false
		}
		b = rest
	}
	return true
}

// isNamed reports whether a line begins with a header name, which is a token (RFC 3261
// §25.1), and a colon.
func isNamed(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte{':'})
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		alnum := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !alnum && bytes.IndexByte([]byte("-.!%*_+`'~"), c) < 0 {
			return false
		}
	}
	return ok && len(name) > 0
}
