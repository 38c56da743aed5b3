package syntax

import "sort"

// newSource prepares a file for position look-ups.
func newSource(name string, text []byte, seq int) *Source {
	s := &Source{Name: name, Text: text, seq: seq, lines: []int32{0}}
	for i, c := range text {
		if c == '\n' {
			s.lines = append(s.lines, int32(i+1))
		}
	}
	return s
}

// line is the number, from 0, of the line that holds the byte at off.
func (s *Source) line(off int) int {
	return sort.Search(len(s.lines), func(i int) bool { return int(s.lines[i]) > off }) - 1
}

// span makes a Span of the bytes [off, end), at least one.
func (s *Source) span(off, end int) Span {
	l := s.line(off)
	src, line := s.origin(l)
	return Span{
		Pos: Pos{Src: src, Line: line, Col: int32(off) - s.lines[l] + 1},
		Len: int32(max(end-off, 1)),
	}
}

// lineEnd is the offset of the newline (or the end of the text) after off.
func (s *Source) lineEnd(off int) int {
	if next := s.line(off) + 1; next < len(s.lines) {
		return int(s.lines[next]) - 1
	}
	return len(s.Text)
}

// indent is the width of the white space that begins the line of off. A tab
// counts as eight, so that files which mix tabs and spaces compare sensibly.
func (s *Source) indent(off int) int {
	n := 0
	for _, c := range s.Text[s.lines[s.line(off)]:] {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 8 - n%8
		default:
			return n
		}
	}
	return n
}

// firstOnLine reports whether only white space precedes off on its line.
func (s *Source) firstOnLine(off int) bool {
	for _, c := range s.Text[s.lines[s.line(off)]:off] {
		if c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}
