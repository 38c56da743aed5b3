package syntax

import "bytes"

// End returns the place behind a span: a line and a column in bytes, both from 1. A
// span may cover several lines.
func (s Span) End() (line, col int) {
	line, col = int(s.Line), int(s.Col)+int(s.Len)
	if s.Src == nil || line > len(s.Src.lines) {
		return line, col
	}
	off := int(s.Src.lines[line-1]) + int(s.Col) - 1
	end := min(off+int(s.Len), len(s.Src.Text))
	if off > end {
		return line, col
	}
	covered := s.Src.Text[off:end]
	if i := bytes.LastIndexByte(covered, '\n'); i >= 0 {
		return line + bytes.Count(covered, []byte{'\n'}), len(covered) - i
	}
	return line, col
}
