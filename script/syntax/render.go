package syntax

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

func (s Severity) String() string { return [...]string{"error", "warning", "note"}[s] }

// Sort orders the messages by file (in order of inclusion), line and column.
func (d *Diags) Sort() {
	slices.SortStableFunc(d.List, func(a, b Diag) int {
		if a.Src == nil || b.Src == nil {
			return cmp.Compare(bool2int(a.Src != nil), bool2int(b.Src != nil))
		}
		return cmp.Or(cmp.Compare(a.Src.seq, b.Src.seq), cmp.Compare(a.Src.Name, b.Src.Name),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}

func bool2int(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Render writes all messages, sorted, each as follows
// (a note is one line, for there is nothing to mend):
//
//	file:line:col: error: what is wrong
//		the line
//		    ^~~~
//		what to do about it
//
// The line loses its indentation but keeps its other tabs, and so does the line
// with the caret, so that both line up whatever a terminal's tab width is.
func (d *Diags) Render(w io.Writer) error {
	d.Sort()
	var b bytes.Buffer
	for i := range d.List {
		d.List[i].render(&b)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (g *Diag) render(b *bytes.Buffer) {
	if g.Severity == Note && g.Src != nil { // nothing to mend: one line
		fmt.Fprintf(b, "%s:%d:%d: note: %s", g.Src.Name, g.Line, g.Col, g.Msg)
		if g.Hint != "" {
			fmt.Fprintf(b, " (%s)", g.Hint)
		}
		b.WriteByte('\n')
		return
	}
	if g.Src == nil {
		fmt.Fprintf(b, "%s: %s\n", g.Severity, g.Msg)
	} else {
		fmt.Fprintf(b, "%s:%d:%d: %s: %s\n", g.Src.Name, g.Line, g.Col, g.Severity, g.Msg)
		g.renderLine(b)
	}
	if g.Hint != "" {
		fmt.Fprintf(b, "\t%s\n", g.Hint)
	}
}

func (g *Diag) renderLine(b *bytes.Buffer) {
	line := g.Src.lineText(int(g.Line))
	col := min(int(g.Col)-1, len(line)) // from 0
	skip := 0
	for skip < col && (line[skip] == ' ' || line[skip] == '\t') {
		skip++
	}
	under := line[col:min(col+int(g.Len), len(line))]
	line, skip, col = excerpt(line, skip, col)
	under = under[:min(len(under), len(line)-col)]
	b.WriteByte('\t')
	for _, c := range line[skip:] {
		if c < ' ' && c != '\t' {
			c = ' '
		}
		b.WriteByte(c)
	}
	b.WriteString("\n\t")
	for rest := line[skip:col]; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if rest = rest[n:]; r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteByte('^')
	for n := utf8.RuneCount(under); n > 1; n-- {
		b.WriteByte('~')
	}
	b.WriteByte('\n')
}

// shownBefore and shownBehind bound what is shown of a line around the place.
const (
	shownBefore = 120
	shownBehind = 240
)

// excerpt cuts a long line down to what is around col, at the beginning of characters.
func excerpt(line []byte, skip, col int) ([]byte, int, int) {
	end := min(col+shownBehind, len(line))
	for end < len(line) && !utf8.RuneStart(line[end]) {
		end++
	}
	if col-skip > shownBefore {
		for skip = col - shownBefore; skip < col && !utf8.RuneStart(line[skip]); {
			skip++
		}
	}
	return line[:end], skip, col
}

// lineText is line n, counted from 1, without its end.
func (s *Source) lineText(n int) []byte {
	if s.isView {
		return s.shown
	}
	if n > len(s.lines) {
		return nil
	}
	text := s.Text[s.lines[n-1]:]
	if n < len(s.lines) {
		text = s.Text[s.lines[n-1] : s.lines[n]-1]
	}
	return bytes.TrimRight(text, "\r")
}
