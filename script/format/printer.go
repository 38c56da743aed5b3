package format

import (
	"bytes"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// A printer writes the tokens of a file.
type printer struct {
	text  []byte
	toks  []syntax.Token
	marks *marks
	out   bytes.Buffer

	i      int   // the token at hand
	open   []int // depths of the lines of the braces that are open
	parens int
	depth  int  // of the statement at hand
	inside bool // of a route block
}

func (p *printer) script() {
	for p.i = range p.toks {
		p.separate()
		p.write()
	}
}

// bytes is the result, with one newline at its end.
func (p *printer) bytes() []byte {
	if p.out.Len() == 0 {
		return nil
	}
	return append(bytes.TrimRight(p.out.Bytes(), "\n"), '\n')
}

func (p *printer) tok() *syntax.Token { return &p.toks[p.i] }

// prev is the token before the one at hand; nil at the start.
func (p *printer) prev() *syntax.Token {
	if p.i == 0 {
		return nil
	}
	return &p.toks[p.i-1]
}

// next is the token behind the one at hand, comments passed over.
func (p *printer) next() *syntax.Token {
	for i := p.i + 1; i < len(p.toks); i++ {
		if p.toks[i].Kind != syntax.CommentToken {
			return &p.toks[i]
		}
	}
	return &syntax.Token{}
}

// newlines counts the line ends between the token before and the one at hand.
func (p *printer) newlines() int {
	from := 0
	if prev := p.prev(); prev != nil {
		from = prev.End
	}
	return bytes.Count(p.text[from:p.tok().Off], []byte{'\n'})
}

// write writes the token, and notes what it opens and closes.
func (p *printer) write() {
	t := p.tok()
	switch {
	case p.marks.routes[at(t.Span)]:
		p.inside = true
	case t.Kind != syntax.OpToken:
	case t.Text == "{":
		p.open = append(p.open, p.depth)
	case t.Text == "}" && len(p.open) > 0:
		p.open = p.open[:len(p.open)-1]
		p.inside = p.inside && len(p.open) > 0
	case t.Text == "(":
		p.parens++
	case t.Text == ")":
		p.parens--
	}
	p.out.WriteString(commentText(t))
}

// commentText is t's text; the lines of a block comment lose white space at their ends.
func commentText(t *syntax.Token) string {
	if t.Kind != syntax.CommentToken || !strings.Contains(t.Text, "\n") {
		return t.Text
	}
	lines := strings.Split(t.Text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Join(lines, "\n")
}

// sameText compares two tokens, white space at the ends of a comment's lines left out.
func sameText(a, b *syntax.Token) bool { return commentText(a) == commentText(b) }

// separate writes the white space before the token.
func (p *printer) separate() {
	switch depth, fresh := p.line(); {
	case p.prev() == nil:
	case fresh:
		p.newline(depth)
	case p.space():
		p.out.WriteByte(' ')
	}
}

// newline begins a line. A blank one before it stays, but not at the ends of a block.
func (p *printer) newline(depth int) {
	if depth == continued {
		depth = p.depth + 1
	} else {
		p.depth = depth
	}
	p.out.WriteByte('\n')
	if p.newlines() > 1 && !(p.inside && (opens(p.prev()) || p.tok().Text == "}")) {
		p.out.WriteByte('\n')
	}
	for range depth {
		p.out.WriteByte('\t')
	}
}

func opens(t *syntax.Token) bool { return t.Kind == syntax.OpToken && t.Text == "{" }
