package syntax

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// A scanner turns one configuration, through its includes, into tokens.
type scanner struct {
	opener
	d       *Diags
	toks    []token
	sources []*Source
	broken  map[lineKey]bool // lines with a scanning error: the parser is quiet about them
	partial bool
}

type lineKey struct {
	src  *Source
	line int32
}

func newScanner(open func(path string) ([]byte, error), d *Diags) *scanner {
	return &scanner{opener: opener{open: open}, d: d, broken: map[lineKey]bool{}}
}

// fail reports a scanning error and silences the parser on that line.
func (s *scanner) fail(src *Source, off, end int, msg, hint string) {
	at := src.span(off, end)
	s.d.Add(Error, at, msg, hint)
	s.broken[lineKey{at.Src, at.Line}] = true
}

// file scans one file.
func (s *scanner) file(name string, text []byte) {
	src := newSource(name, text, len(s.sources))
	s.sources = append(s.sources, src)
	s.enter(name, len(text))
	s.scan(src)
	s.leave()
}

func (s *scanner) scan(src *Source) {
	text := src.Text
	off := 0
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		off = 3
	}
	for {
		if off = s.blank(src, off); off >= len(text) {
			return
		}
		if end, ok := s.include(src, off); ok {
			off = end
			continue
		}
		off = s.token(src, off)
	}
}

// blank skips white space and comments: # to the end of the line, and /* */,
// which nest.
func (s *scanner) blank(src *Source, off int) int {
	text := src.Text
	for off < len(text) {
		switch c := text[off]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			off++
		case c == '#':
			off = src.lineEnd(off)
		case bytes.HasPrefix(text[off:], []byte("/*")):
			off = s.comment(src, off)
		case bytes.HasPrefix(text[off:], []byte("//")):
			s.fail(src, off, off+2, "// does not begin a comment", "comments are written # ... or /* ... */")
			off = src.lineEnd(off)
		default:
			return off
		}
	}
	return off
}

func (s *scanner) comment(src *Source, open int) int {
	depth := 0
	for off := open; off+1 < len(src.Text); off++ {
		switch string(src.Text[off : off+2]) {
		case "/*":
			depth++
			off++
		case "*/":
			depth--
			off++
		}
		if depth == 0 {
			return off + 1
		}
	}
	s.fail(src, open, open+2, "comment is not closed", "comments nest: each /* needs its own */")
	s.partial = true
	return len(src.Text)
}

// include handles include_file "x" and import_file "x" at off.
func (s *scanner) include(src *Source, off int) (end int, ok bool) {
	word := ident(src.Text[off:])
	if word != "include_file" && word != "import_file" {
		return 0, false
	}
	arg := s.blank(src, off+len(word))
	if arg >= len(src.Text) || src.Text[arg] != '"' && src.Text[arg] != '\'' {
		s.fail(src, off, off+len(word), word+" needs a file name in quotes", "")
		s.partial = true
		return src.lineEnd(off), true
	}
	lit, end := s.literal(src, arg)
	if lit.Broken {
		s.partial = true
		return end, true
	}
	name, text, ok := s.read(src, lit.Value, func(problem, hint string) { s.fail(src, arg, end, problem, hint) })
	if !ok {
		s.partial = true
		return end, true
	}
	s.file(name, text)
	return end, true
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// ident is the identifier that begins b, or "".
func ident(b []byte) string {
	n := 0
	for n < len(b) && (isLetter(b[n]) || n > 0 && isDigit(b[n])) {
		n++
	}
	return string(b[:n])
}

// token scans the token at off and returns its end, which is beyond off.
func (s *scanner) token(src *Source, off int) int {
	t := token{src: src, off: off, end: off + 1, kind: tBad}
	b := src.Text[off:]
	word := ident(b)
	ip := addressAt(b)
	switch {
	case ip > 0 && ip > len(word):
		t.kind, t.end = tIP, off+ip
	case word != "":
		t.kind, t.end = tIdent, off+len(word)
	case isDigit(b[0]):
		s.number(&t)
	case b[0] == '"' || b[0] == '\'':
		t.kind = tString
		t.str, t.end = s.literal(src, off)
	case b[0] == '$':
		s.variable(&t)
	default:
		for _, op := range operators {
			if bytes.HasPrefix(b, []byte(op)) {
				t.kind, t.end = tOp, off+len(op)
				break
			}
		}
	}
	t.text = string(src.Text[off:t.end])
	s.toks = append(s.toks, t)
	return t.end
}

// maxAddress is more than the longest address has, ffff:...:255.255.255.255.
const maxAddress = 50

// addressAt is the length of an IPv4 or IPv6 address at the start of b, else 0.
// What has fewer than two colons or three dots is a number, a word or a label.
func addressAt(b []byte) int {
	n := 0
	for n < min(len(b), maxAddress) && (isHex(b[n]) || b[n] == ':' || b[n] == '.') {
		n++
	}
	if n == maxAddress || n < len(b) && isLetter(b[n]) {
		return 0
	}
	n = len(bytes.TrimRight(b[:n], "."))
	if bytes.Count(b[:n], []byte{':'}) < 2 && bytes.Count(b[:n], []byte{'.'}) != 3 {
		return 0
	}
	if _, err := netip.ParseAddr(string(b[:n])); err != nil {
		return 0
	}
	return n
}

// number scans 10, 0x1f or 017. OpenSIPS's integers have 32 bits; a hexadecimal
// or octal one may use all of them.
func (s *scanner) number(t *token) {
	b, n := t.src.Text[t.off:], 0
	for n < len(b) && (isDigit(b[n]) || isLetter(b[n])) {
		n++
	}
	t.kind, t.end = tNum, t.off+n
	text := strings.ToLower(string(b[:n]))
	base := 10
	switch {
	case strings.HasPrefix(text, "0x"):
		base, text = 16, text[2:]
	case len(text) > 1 && text[0] == '0':
		base, text = 8, text[1:]
	}
	v, err := strconv.ParseUint(text, base, 32)
	switch {
	case err != nil && errors.Is(err, strconv.ErrRange), err == nil && base == 10 && v > 1<<31:
		s.fail(t.src, t.off, t.end, "number "+string(b[:n])+" does not fit in 32 bits", "")
	case err != nil:
		s.fail(t.src, t.off, t.end, string(b[:n])+" is not a number", "")
	}
	t.num = int32(uint32(v))
}

// variable scans $name, $name(inner) or $(...), which must end on its line.
func (s *scanner) variable(t *token) {
	f := &format{src: t.src, b: t.src.Text[:t.src.lineEnd(t.off)], at: t.off, code: true}
	v := f.variable()
	for _, g := range f.faults {
		s.d.List = append(s.d.List, g)
	}
	if len(f.faults) > 0 {
		at := t.span()
		s.broken[lineKey{at.Src, at.Line}] = true
	}
	if v != nil {
		t.kind, t.v = tVar, v
	} else if len(f.faults) == 0 {
		s.fail(t.src, t.off, t.off+1, "$ is not followed by a variable's name", "")
	}
	t.end = max(f.at, t.off+1)
}
