package script

import (
	"errors"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// A Substitution is a substitution as sed writes it: /re/replacement/flags.
//
// The separator may be any byte but a backslash, and has a backslash before it where it is
// meant itself. Flags: i without case, g all matches, s line ends are as other bytes. In the
// replacement \0 is the match, \1 to \9 a group, \u the Request-URI, \n \r \t are
// those bytes, and $variables are read when it is applied.
type Substitution struct {
	Re  *Regexp
	All bool // flag g
	rep []repPart
}

// A repPart is a piece of a replacement: text, a group, the Request-URI or a variable.
type repPart struct {
	text  []byte
	group int // of repGroup
	kind  repKind
	x     *varExpr
}

type repKind uint8

const (
	repText repKind = iota
	repGroup
	repURI
	repVar
)

// posixFlags are those of OpenSIPS's subst functions, without g.
const posixFlags = "is"

// substLimit is the longest replacement of one match.
const substLimit = 4096

// Append appends what stands for the match of s in b at loc, which Re.FindSubmatchIndex
// returned; uri is what \u is. False: it is too long.
func (s *Substitution) Append(c *Ctx, dst, b []byte, loc []int, uri []byte) ([]byte, bool) {
	from := len(dst)
	for i := range s.rep {
		p := &s.rep[i]
		switch p.kind {
		case repText:
			dst = append(dst, p.text...)
		case repURI:
			dst = append(dst, uri...)
		case repVar:
			if v := p.x.eval(c); !v.IsNull() {
				dst = v.appendTo(dst)
			}
		case repGroup:
			if at := 2 * p.group; at < len(loc) && loc[at] >= 0 {
				dst = append(dst, b[loc[at]:loc[at+1]]...)
			}
		}
		if len(dst)-from > substLimit {
			return dst[:from], false
		}
	}
	return dst, true
}

// Matches returns where s matches in b: all, or the first. False: one of them is empty, as
// of "x*", which is a mistake in the expression.
func (s *Substitution) Matches(b []byte) (list [][]int, ok bool) {
	n := 1
	if s.All {
		n = -1
	}
	list = s.Re.FindAllSubmatchIndex(b, n)
	for _, loc := range list {
		if loc[0] == loc[1] {
			return nil, false
		}
	}
	return list, true
}

// Apply returns b with its matches replaced, and their number. False: one is empty, or
// that is more than limit bytes.
func (s *Substitution) Apply(c *Ctx, b, uri []byte, limit int) (out []byte, n int, ok bool) {
	list, ok := s.Matches(b)
	at := 0
	for _, loc := range list {
		out = append(out, b[at:loc[0]]...)
		if out, ok = s.Append(c, out, b, loc, uri); !ok || len(out) > limit {
			return nil, 0, false
		}
		at = loc[1]
	}
	return append(out, b[at:]...), len(list), ok
}

// MaxGroup is the highest group that the replacement names.
func (s *Substitution) MaxGroup() (n int) {
	for i := range s.rep {
		n = max(n, s.rep[i].group)
	}
	return n
}

// SubstParam is a substitution. A literal is compiled at load; in the value of a variable,
// which is read when the function is called, $ is itself.
func SubstParam(name, doc string) Param[*Substitution] {
	return Param[*Substitution]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamSubst}, bind: bindSubstitution}
}

func bindSubstitution(b *binder, x syntax.Expr) getter[*Substitution] {
	lit, ok := x.(*syntax.StrLit)
	if !ok {
		text := bindStr(b, x)
		return func(c *Ctx) (*Substitution, bool) {
			t, ok := text(c)
			if !ok {
				return nil, false
			}
			s := c.pool.substitution(t)
			return s, s != nil
		}
	}
	p := substParser{parts: lit.Parts, variable: b.c.variable}
	s := p.parse(posixFlags, compilePOSIX)
	if p.msg != "" {
		b.refuse(x, "/expression/replacement/flags: "+p.msg, p.hint)
		return none[*Substitution]()
	}
	return constant(s)
}

// substitution returns the compiled form of a variable's value, nil if it has none.
func (p *Pool) substitution(text []byte) *Substitution {
	if s, ok := p.substitutions[string(text)]; ok {
		return s
	}
	if len(text) > patternLimit {
		return nil
	}
	s, _ := ParseSubstitution(string(text), posixFlags, compileBounded)
	if len(p.substitutions) >= patternsKept {
		clear(p.substitutions)
	}
	if p.substitutions == nil {
		p.substitutions = make(map[string]*Substitution)
	}
	p.substitutions[string(text)] = s
	return s
}

// A substParser reads the parts of a literal byte by byte; a variable is one item.
type substParser struct {
	parts     []syntax.Part
	at        int // in the text of parts[0]
	sep       byte
	variable  func(*syntax.Var) *varExpr
	out       Substitution
	msg, hint string
}

// next takes the next byte, or variable; false at the end.
func (p *substParser) next() (c byte, v *syntax.Var, ok bool) {
	for len(p.parts) > 0 {
		part := &p.parts[0]
		if part.Var != nil {
			p.parts, p.at = p.parts[1:], 0
			return 0, part.Var, true
		}
		if p.at < len(part.Text) {
			p.at++
			return part.Text[p.at-1], nil, true
		}
		p.parts, p.at = p.parts[1:], 0
	}
	return 0, nil, false
}

func (p *substParser) fail(msg, hint string) *Substitution {
	p.msg, p.hint = msg, hint
	return nil
}

// parse returns nil, with the reason in p.msg, if it is none.
func (p *substParser) parse(known string, compile func(pattern, flags string) (*Regexp, error)) *Substitution {
	c, v, ok := p.next()
	if !ok || v != nil || c == '\\' {
		return p.fail("it must begin with a separator such as /", "")
	}
	p.sep = c
	pattern, ok := p.expression()
	if !ok || !p.replacement() {
		return nil
	}
	flags, ok := p.flags(known)
	if !ok {
		return nil
	}
	re, err := compile(pattern, flags)
	if err != nil {
		return p.fail(err.Error(), patternHint(err))
	}
	p.out.Re = re
	return &p.out
}

// expression reads up to the second separator. An escaped one is itself.
func (p *substParser) expression() (pattern string, ok bool) {
	var text []byte
	for {
		c, v, ok := p.next()
		switch {
		case !ok:
			p.fail("the second "+string(p.sep)+" is missing", "")
			return "", false
		case v != nil:
			p.fail("$"+v.Name+": a variable can only be in the replacement", "put the whole substitution into a variable")
			return "", false
		case c == p.sep && (len(text) == 0 || text[len(text)-1] != '\\'):
			return string(text), true
		}
		text = append(text, c)
	}
}

// replacement reads up to the third separator.
func (p *substParser) replacement() bool {
	for {
		c, v, ok := p.next()
		switch {
		case !ok:
			p.fail("the third "+string(p.sep)+" is missing", "")
			return false
		case v != nil:
			if x := p.variable(v); x != nil { // nil: it has been reported
				p.out.rep = append(p.out.rep, repPart{kind: repVar, x: x})
			}
		case c == p.sep:
			return true
		case c == '\\':
			if !p.escape() {
				return false
			}
		default:
			p.text(c)
		}
	}
}

// escape reads what stands behind a backslash of the replacement.
func (p *substParser) escape() bool {
	c, v, ok := p.next()
	switch {
	case !ok || v != nil:
		p.fail(`nothing to escape behind \`, "write $$ for a dollar sign")
		return false
	case c >= '0' && c <= '9':
		p.out.rep = append(p.out.rep, repPart{kind: repGroup, group: int(c - '0')})
	case c == 'u':
		p.out.rep = append(p.out.rep, repPart{kind: repURI})
	case c == 'n':
		p.text('\n')
	case c == 'r':
		p.text('\r')
	case c == 't':
		p.text('\t')
	default:
		p.text(c)
	}
	return true
}

func (p *substParser) text(c byte) {
	if n := len(p.out.rep); n > 0 && p.out.rep[n-1].kind == repText {
		p.out.rep[n-1].text = append(p.out.rep[n-1].text, c)
		return
	}
	p.out.rep = append(p.out.rep, repPart{kind: repText, text: []byte{c}})
}

// flags returns them but for g.
func (p *substParser) flags(known string) (list string, ok bool) {
	for {
		c, v, ok := p.next()
		switch {
		case !ok:
			return list, true
		case v == nil && c == 'g':
			p.out.All = true
		case v != nil || strings.IndexByte(known, c) < 0:
			p.fail("unknown flag "+string(c), "there are g, "+strings.Join(strings.Split(known, ""), ", "))
			return "", false
		default:
			list += string(c)
		}
	}
}

// compilePOSIX reads an expression as OpenSIPS's subst functions do.
func compilePOSIX(pattern, flags string) (*Regexp, error) { return compileFlags(pattern, flags, 0) }

// compileBounded is compilePOSIX for the value of a variable.
func compileBounded(pattern, flags string) (*Regexp, error) {
	return compileFlags(pattern, flags, fromVariable)
}

func compileFlags(pattern, flags string, mode reMode) (*Regexp, error) {
	mode |= byLine
	if strings.Contains(flags, "i") {
		mode |= foldCase
	}
	if strings.Contains(flags, "s") {
		mode &^= byLine
	}
	return compilePattern(pattern, mode)
}

// ParseSubstitution reads a substitution whose expressions compile reads, with those of the flags
// known that are written. In text $ is itself.
func ParseSubstitution(text, known string, compile func(pattern, flags string) (*Regexp, error)) (*Substitution, error) {
	p := substParser{parts: []syntax.Part{{Text: text}}}
	if s := p.parse(known, compile); s != nil {
		return s, nil
	}
	return nil, errors.New(p.msg)
}
