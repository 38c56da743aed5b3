package script

import (
	"bytes"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// substTransform is {re.subst,/pattern/replacement/flags}. The substitution may also come
// from a variable: then its text is taken as it is, without variables in it.
func substTransform() *TransformDef {
	return &TransformDef{
		Class: "re", Name: "subst", Doc: "with what matches a pattern replaced: /pattern/replacement/flags, flags i, g and s", Min: 1, Max: 1,
		bind: bindSubstTransform,
	}
}

func bindSubstTransform(c *compiler, t *syntax.Transform) func(*Ctx, Value) Value {
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
			return c.substitute(c.pool.substitution(unbrace(text)), v)
		}
	}
	plain := make([]syntax.Part, len(parts))
	for i, p := range parts {
		p.Text = unbraced.Replace(p.Text)
		plain[i] = p
	}
	p := substParser{parts: plain, variable: c.variable}
	s := p.parse(posixFlags, compilePOSIX)
	if p.msg != "" {
		c.error(t.Span, "{re.subst}: "+p.msg, p.hint)
		return nil
	}
	return func(c *Ctx, v Value) Value { return c.substitute(s, v) }
}

// unbraced takes off the backslashes that braces need inside a transformation.
var unbraced = strings.NewReplacer(`\{`, "{", `\}`, "}")

func unbrace(b []byte) []byte {
	if bytes.Contains(b, []byte(`\{`)) || bytes.Contains(b, []byte(`\}`)) {
		return []byte(unbraced.Replace(string(b)))
	}
	return b
}

// substitute is NULL for a text that is none, or a substitution that is none. Where
// nothing matches the text stays as it is.
func (c *Ctx) substitute(s *Substitution, v Value) Value {
	b, ok := c.Text(v)
	if !ok || len(b) == 0 || s == nil {
		return Null
	}
	n := 1
	if s.All {
		n = -1
	}
	limit := max(c.prog.printBuf, len(b))
	var out []byte
	from := 0
	for _, m := range s.Re.FindAllSubmatchIndex(b, n) {
		out = append(out, b[from:m[0]]...)
		if out, ok = s.Append(c, out, b, m, nil); !ok || len(out) > limit {
			c.LogError("core: {re.subst} makes more than pv_print_buf_size (%d) bytes", c.prog.printBuf)
			return Null
		}
		from = m[1]
	}
	if out == nil && from == 0 {
		return StrValue(b)
	}
	return StrValue(c.Copy(append(out, b[from:]...)))
}
