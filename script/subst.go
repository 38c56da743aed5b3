package script

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	ast "github.com/fastsips/fastsips/script/syntax"
)

// A Subst is a substitution: /pattern/replacement/flags, with any character for "/". The
// pattern is a POSIX extended regular expression in RE2's bounds: leftmost-longest, with
// case, no match goes beyond a line; \1 to \9 and \0 in the replacement are the groups
// and the whole match, and its variables have their values when it is applied. The flags
// are i (without case), g (every match, not just the first) and s (the text is one line).
type Subst struct {
	re   *Regexp
	with []substPart
	all  bool
}

// A substPart is one piece of a replacement.
type substPart struct {
	text  []byte
	group int // -1: text, or x
	x     *varExpr
}

// ParseSubst reads a substitution without variables.
func ParseSubst(text string) (*Subst, error) {
	return parseSubst([]ast.Part{{Text: text}}, nil)
}

// Append appends in to dst, with what matches replaced, and returns how often it did.
// When that is more than limit bytes it stops.
func (s *Subst) Append(c *Ctx, dst, in []byte, limit int) (out []byte, n int) {
	from, at := 0, len(dst)
	s.Each(c, in, func(start, end int, with []byte) bool {
		dst = append(append(dst, in[from:start]...), with...)
		from = end
		n++
		return len(dst)-at <= limit
	})
	return append(dst, in[from:]...), n
}

// Each calls do for each match that is to be replaced, from left to right, until it
// returns false. With is valid during the call.
func (s *Subst) Each(c *Ctx, in []byte, do func(start, end int, with []byte) bool) {
	n := 1
	if s.all {
		n = -1
	}
	at := len(c.text)
	for _, m := range s.re.FindAllSubmatchIndex(in, n) {
		s.write(c, in, m)
		goOn := do(m[0], m[1], c.text[at:])
		c.text = c.text[:at]
		if !goOn {
			return
		}
	}
}

// write puts the replacement of match m on the stack c.text.
func (s *Subst) write(c *Ctx, in []byte, m []int) {
	for i := range s.with {
		switch p := &s.with[i]; {
		case p.x != nil:
			v := p.x.eval(c)
			c.text = v.appendTo(c.text)
		case p.group < 0:
			c.text = append(c.text, p.text...)
		case m[2*p.group] >= 0:
			c.text = append(c.text, in[m[2*p.group]:m[2*p.group+1]]...)
		}
	}
}

// parseSubst reads a substitution whose replacement may have variables.
func parseSubst(parts []ast.Part, variable func(*ast.Var) *varExpr) (*Subst, error) {
	if len(parts) == 0 || len(parts[0].Text) < 3 || parts[0].Text[0] == '\\' {
		return nil, errors.New("a substitution is /pattern/replacement/flags")
	}
	head, sep := []byte(parts[0].Text[1:]), parts[0].Text[0]
	pattern, rest, ok := cutUnescaped(head, sep)
	if !ok {
		return nil, fmt.Errorf("the pattern, which has no variables, must end with %c", sep)
	}
	s := new(Subst)
	flags := syntax.PerlX
	for first := true; ; parts, first = parts[1:], false {
		if len(parts) == 0 {
			return nil, fmt.Errorf("the replacement must end with %c", sep)
		}
		if v := parts[0].Var; v != nil {
			s.with = append(s.with, substPart{group: -1, x: variable(v)})
			continue
		}
		if !first {
			rest = []byte(parts[0].Text)
		}
		text, tail, ended := cutUnescaped(rest, sep)
		s.addText(text)
		if ended {
			if len(parts) > 1 || !s.setFlags(&flags, tail) {
				return nil, errors.New("the flags are i, g and s")
			}
			return s, s.compile(string(pattern), flags)
		}
	}
}

// cutUnescaped splits b at the first sep without a backslash before it.
func cutUnescaped(b []byte, sep byte) (before, after []byte, ok bool) {
	for i := range b {
		if b[i] == sep && (i == 0 || b[i-1] != '\\') {
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}

func (s *Subst) setFlags(flags *syntax.Flags, text []byte) bool {
	for _, f := range bytes.TrimSpace(text) {
		switch f {
		case 'i':
			*flags |= syntax.FoldCase
		case 'g':
			s.all = true
		case 's':
			*flags |= syntax.OneLine | syntax.DotNL | syntax.ClassNL
		default:
			return false
		}
	}
	return true
}

func (s *Subst) compile(pattern string, flags syntax.Flags) error {
	tree, err := syntax.Parse(pattern, flags)
	if err != nil {
		return err
	}
	if s.re, err = regexp.Compile(tree.String()); err != nil {
		return err
	}
	s.re.Longest()
	for _, p := range s.with {
		if p.group > s.re.NumSubexp() {
			return fmt.Errorf("the pattern has no group \\%d", p.group)
		}
	}
	return nil
}

// addText adds a piece of the replacement: \0 to \9 are groups, \n \r \t characters, and
// a backslash before anything else hides what that means.
func (s *Subst) addText(b []byte) {
	var text []byte
	flush := func() {
		if len(text) > 0 {
			s.with = append(s.with, substPart{text: text, group: -1})
			text = nil
		}
	}
	for i := 0; i < len(b); i++ {
		x := b[i]
		if x == '\\' && i+1 < len(b) {
			i++
			switch x = b[i]; {
			case x-'0' <= 9:
				flush()
				s.with = append(s.with, substPart{group: int(x - '0')})
				continue
			case x == 'n':
				x = '\n'
			case x == 'r':
				x = '\r'
			case x == 't':
				x = '\t'
			}
		}
		text = append(text, x)
	}
	flush()
}
