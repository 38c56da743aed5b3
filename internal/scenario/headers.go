package scenario

import (
	"slices"
	"strings"
)

// A user agent in a scenario copies headers as they stand on the wire (RFC 3261
// §8.2.6.2: the Via headers of a response are those of the request), so they are
// taken from the raw message and not from a parser's idea of it.

// headerLines returns the header lines of a message, unfolded.
func headerLines(raw []byte) []string {
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	var lines []string
	for i, line := range strings.Split(head, "\r\n") {
		switch {
		case i == 0: // start line
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			if n := len(lines); n > 0 {
				lines[n-1] += " " + strings.TrimSpace(line)
			}
		default:
			lines = append(lines, line)
		}
	}
	return lines
}

// RawValues returns the values of a header, one for each line of it. Name is the
// long form; the compact form is found too.
func RawValues(raw []byte, name string) []string {
	var values []string
	for _, line := range headerLines(raw) {
		n, v, _ := strings.Cut(line, ":")
		n = strings.TrimSpace(n)
		if strings.EqualFold(n, name) || len(n) == 1 && strings.EqualFold(n, compact(name)) {
			values = append(values, strings.TrimSpace(v))
		}
	}
	return values
}

// RawValue is the first of [RawValues], or "".
func RawValue(raw []byte, name string) string {
	if v := RawValues(raw, name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// compact is the short form of a header name, RFC 3261 §7.3.3.
func compact(name string) string {
	switch strings.ToLower(name) {
	case "via":
		return "v"
	case "from":
		return "f"
	case "to":
		return "t"
	case "call-id":
		return "i"
	case "contact":
		return "m"
	case "content-length":
		return "l"
	case "content-type":
		return "c"
	}
	return name
}

// ListValues parts the comma lists of a header that may have several values.
func ListValues(raw []byte, name string) []string {
	var values []string
	for _, line := range RawValues(raw, name) {
		depth, quoted, begin := 0, false, 0
		for i, c := range line {
			switch {
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '<':
				depth++
			case c == '>':
				depth--
			case c == ',' && depth == 0:
				values = append(values, strings.TrimSpace(line[begin:i]))
				begin = i + 1
			}
		}
		values = append(values, strings.TrimSpace(line[begin:]))
	}
	return values
}

// URIOf is the URI of a name-addr or addr-spec.
func URIOf(value string) string {
	if _, after, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(after, ">")
		return uri
	}
	uri, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(uri)
}

// HostPortOf is where a URI of these tests points: they always name a port.
func HostPortOf(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	if _, host, ok := strings.Cut(rest, "@"); ok {
		rest = host
	}
	if i := strings.IndexAny(rest, ";?>"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// reversed returns a reversed copy.
func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}
