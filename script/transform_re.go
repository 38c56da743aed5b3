package script

import (
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// substTransform is {re.subst,/pattern/replacement/flags}. The substitution may also come
// from a variable: then its text is taken as it is, without variables in it.
func substTransform() *TransformDef {
	return &TransformDef{
		Class: "re", Name: "subst", Doc: "with what matches a pattern replaced: /pattern/replacement/flags, flags i, g and s", Min: 1, Max: 1,
		bind: bindSubst,
	}
}

func bindSubst(c *compiler, t *syntax.Transform) func(*Ctx, Value) Value {
	parts := t.Args[0]
	if len(parts) == 1 && parts[0].Var != nil {
		x := c.variable(parts[0].Var)
		if x == nil {
			return nil
		}
		return func(c *Ctx, v Value) Value {
			text, ok := c.Text(x.eval(c))
			if !ok {
				return Null
			}
			return c.substitute(c.pool.subst(text), v)
		}
	}
	plain := make([]syntax.Part, len(parts))
	for i, p := range parts {
		p.Text = unbraced.Replace(p.Text)
		plain[i] = p
	}
	s, err := parseSubst(plain, c.variable)
	if err != nil {
		c.error(t.Span, "{re.subst}: "+err.Error(), "")
		return nil
	}
	return func(c *Ctx, v Value) Value { return c.substitute(s, v) }
}

// unbraced takes off the backslashes that braces need inside a transformation.
var unbraced = strings.NewReplacer(`\{`, "{", `\}`, "}")

// substitute is NULL for a text that is none, or a substitution that is none. Where
// nothing matches the text stays as it is.
func (c *Ctx) substitute(s *Subst, v Value) Value {
	b, ok := c.Text(v)
	if !ok || len(b) == 0 || s == nil {
		return Null
	}
	limit := max(c.prog.printBuf, len(b))
	out, n := s.Append(c, nil, b, limit)
	switch {
	case n == 0:
		return StrValue(b)
	case len(out) > limit:
		c.LogError("core: {re.subst} makes more than pv_print_buf_size (%d) bytes", c.prog.printBuf)
		return Null
	}
	return StrValue(c.Copy(out))
}

// subst returns the compiled form of a variable's substitution, nil if it has none.
func (p *Pool) subst(text []byte) *Subst {
	if s, ok := p.substs[string(text)]; ok {
		return s
	}
	if len(text) > patternLimit {
		return nil
	}
	s, err := ParseSubst(unbraced.Replace(string(text)))
	if err != nil {
		s = nil
	}
	if len(p.substs) >= patternsKept {
		clear(p.substs)
	}
	if p.substs == nil {
		p.substs = make(map[string]*Subst)
	}
	p.substs[string(text)] = s
	return s
}
