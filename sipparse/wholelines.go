package sipparse

import "bytes"

// WholeLines reports whether b is one or more complete header lines, of which each begins
// with a name or continues the one before it. Anything else would move the border between
// headers, or between them and the body (RFC 3261 §7.3).
func WholeLines(b []byte) bool {
	for first := true; first || len(b) > 0; first = false {
		line, rest, ok := bytes.Cut(b, []byte(crlf))
		if !ok || len(line) == 0 || bytes.IndexByte(line, '\n') >= 0 || bytes.IndexByte(line, '\r') >= 0 {
			return false
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if folded && first || !folded && !named(line) {
			return false
		}
		b = rest
	}
	return true
}

// named reports whether a line begins with a header name and a colon.
func named(line []byte) bool {
	name, _, ok := bytes.Cut(line, []byte{':'})
	name = bytes.TrimRight(name, " \t")
	return ok && len(name) > 0 && tokenChars.all(name)
}
