package format

import (
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// continued is the depth of a line that goes on with a statement: one more than that.
const continued = -1

// line reports whether the token begins a line, and how far that is indented.
func (p *printer) line() (depth int, fresh bool) {
	t, prev := p.tok(), p.prev()
	if prev == nil {
		return 0, true
	}
	broken := p.newlines() > 0
	if prev.Kind == syntax.CommentToken && strings.HasPrefix(prev.Text, "#") {
		broken = true // it ends with the line
	}
	switch {
	case t.Kind == syntax.CommentToken:
		return p.commentDepth(), broken
	case !p.inside:
		if p.parens > 0 {
			return continued, broken
		}
		return 0, broken || p.marks.routes[at(t.Span)]
	}
	return p.routeLine(t, prev, broken)
}

// routeLine is line inside of a route block.
func (p *printer) routeLine(t, prev *syntax.Token, broken bool) (depth int, fresh bool) {
	afterComment := prev.Kind == syntax.CommentToken && broken
	inner := len(p.open) // depth of statements, but for those without braces
	if d, ok := p.marks.stmt[at(t.Span)]; ok && t.Text != ";" {
		return d, true
	}
	switch {
	case t.Text == "}" && t.Kind == syntax.OpToken && len(p.open) > 0:
		return p.open[len(p.open)-1], !opens(prev)
	case t.Kind == syntax.IncludeToken:
		return inner, true
	case t.Text == "else" && t.Kind == syntax.WordToken:
		if d, ok := p.marks.other[at(p.next().Span)]; ok {
			return d, prev.Text != "}" || prev.Kind != syntax.OpToken
		}
	case opens(t) || p.marks.inline[at(t.Span)]:
		return p.depth, afterComment
	case t.Text == ";" && t.Kind == syntax.OpToken:
		return p.depth, afterComment
	case prev.Kind == syntax.IncludeToken || prev.Text == ";" && prev.Kind == syntax.OpToken:
		return inner, true
	case t.Text == ")" && t.Kind == syntax.OpToken:
		return p.depth, broken
	}
	return continued, broken
}

// commentDepth is how far a comment on a line of its own is indented: as what follows.
func (p *printer) commentDepth() int {
	if p.parens > 0 {
		return continued
	}
	if d, ok := p.marks.stmt[at(p.next().Span)]; ok {
		return d
	}
	if !p.inside {
		return 0
	}
	return len(p.open)
}

// space reports whether the token is set off from the one before it on the same line.
func (p *printer) space() bool {
	t, prev := p.tok(), p.prev()
	written := prev.End < t.Off
	switch {
	case t.Kind == syntax.CommentToken || prev.Kind == syntax.CommentToken:
		return true
	case !p.inside && !p.marks.routes[at(prev.Span)]:
		return p.topSpace(written)
	case p.marks.binary[at(t.Span)] || p.marks.binary[at(prev.Span)]:
		return true
	case p.marks.unary[at(prev.Span)]:
		return prev.Kind == syntax.WordToken // not
	case t.Kind == syntax.OpToken:
		return p.opSpace(t.Text, written)
	case prev.Kind == syntax.OpToken:
		switch prev.Text {
		case "(", "[":
			return false
		case ",", "{", "}", ";":
			return true
		}
		return assignments[prev.Text] || written
	}
	return written
}

var assignments = map[string]bool{"=": true, ":=": true, "+=": true, "-=": true, "*=": true, "/=": true, "%=": true, "&=": true, "|=": true, "^=": true}

// heads are the words that are set off from the ( behind them.
var heads = map[string]bool{"if": true, "while": true, "for": true, "switch": true, "and": true, "or": true, "not": true, "in": true, "else": true, "case": true}

// opSpace is space for an operator or a bracket.
func (p *printer) opSpace(op string, written bool) bool {
	prev := p.prev()
	switch op {
	case ";", ",", ")", "]", ":":
		return false
	case "{":
		return true
	case "}":
		return true
	case "(", "[":
		if prev.Kind == syntax.WordToken {
			return heads[prev.Text]
		}
		if prev.Kind == syntax.OpToken && (prev.Text == "(" || prev.Text == "[") {
			return false
		}
	}
	if prev.Kind == syntax.OpToken {
		switch prev.Text {
		case "(", "[":
			return false
		case ",":
			return true
		}
	}
	return assignments[op] || written
}

// topSpace is space outside of routes, where it may be part of a value: only that of
// modparam( , , ) is put in order.
func (p *printer) topSpace(written bool) bool {
	t, prev := p.tok(), p.prev()
	switch {
	case p.parens == 0 && t.Text == "(" && prev.Text == "modparam":
		return false
	case p.parens == 0:
		return written
	case t.Kind == syntax.OpToken && (t.Text == "," || t.Text == ")"), prev.Kind == syntax.OpToken && prev.Text == "(":
		return false
	case prev.Kind == syntax.OpToken && prev.Text == ",":
		return true
	}
	return written
}
