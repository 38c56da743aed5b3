package json

import "unicode/utf8"

// A style is a way of printing.
type style struct {
	name    string // of the variable
	doc     string
	spaces  bool // { "a": 1 }
	lines   bool // one member a line, two spaces deeper each
	slashes bool // / is written \/
}

// The styles, which are those of the library that OpenSIPS uses.
var (
	spaced  = style{name: "json", spaces: true, slashes: true}
	compact = style{name: "json_compact", doc: "without spaces", slashes: true}
	pretty  = style{name: "json_pretty", doc: "over several lines", lines: true, slashes: true}
	bare    = style{name: "json_compact_noescape", doc: "without spaces, and without escaping slashes"}
)

// print appends n; false: it became too long, as a document with links may.
func (s style) print(b []byte, n *node, depth int) ([]byte, bool) {
	switch n.kind {
	case literal:
		b = append(b, n.text...)
	case str:
		b = s.quote(b, n.text)
	case object:
		return s.list(b, '{', '}', len(n.members), depth, func(b []byte, i int) ([]byte, bool) {
			b = append(s.quote(b, n.members[i].name), ':')
			if s.spaces {
				b = append(b, ' ')
			}
			return s.print(b, n.members[i].value, depth+1)
		})
	case array:
		return s.list(b, '[', ']', len(n.items), depth, func(b []byte, i int) ([]byte, bool) { return s.print(b, n.items[i], depth+1) })
	}
	return b, len(b) <= longest
}

func (s style) list(b []byte, first, last byte, n, depth int, item func([]byte, int) ([]byte, bool)) ([]byte, bool) {
	b = append(b, first)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		var ok bool
		if b, ok = item(s.gap(b, depth+1), i); !ok {
			return b, false
		}
	}
	if n > 0 || s.spaces {
		b = s.gap(b, depth)
	}
	return append(b, last), len(b) < longest
}

// gap separates items.
func (s style) gap(b []byte, depth int) []byte {
	switch {
	case s.lines:
		b = append(b, '\n')
		for range depth {
			b = append(b, "  "...)
		}
	case s.spaces:
		b = append(b, ' ')
	}
	return b
}

const hex = "0123456789abcdef"

var escapes = map[byte]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// quote appends a string. What is no UTF-8 becomes U+FFFD, lest the text be no JSON.
func (s style) quote(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch e := escapes[c]; {
		case e != 0:
			b = append(b, '\\', e)
		case c == '/' && s.slashes:
			b = append(b, '\\', '/')
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r)
			i += n - 1
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
