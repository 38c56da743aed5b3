package script

import (
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// An expr is a compiled expression; false is an error.
type expr func(c *Ctx) (Value, bool)

func constantExpr(v Value) expr { return func(*Ctx) (Value, bool) { return v, true } }

// expr compiles an expression; nil after an error.
func (c *compiler) expr(x syntax.Expr) expr {
	switch x := x.(type) {
	case *syntax.NumLit:
		return constantExpr(Value{Kind: numKind, Int: x.Value})
	case *syntax.StrLit:
		return c.strExpr(x)
	case *syntax.Null:
		return constantExpr(Null)
	case *syntax.IPLit:
		return constantExpr(StrValue([]byte(x.Text)))
	case *syntax.Var:
		v := c.variable(x)
		if v == nil {
			return nil
		}
		return func(c *Ctx) (Value, bool) { return v.eval(c), true }
	case *syntax.Bracket:
		return c.expr(x.X)
	case *syntax.Unary:
		return c.unary(x)
	case *syntax.Binary:
		return c.binary(x)
	case nil:
		c.error(syntax.Span{}, "a value is missing", "")
		return nil
	}
	c.error(x.At(), "a call cannot be used as a value", "call it first, then use $rc")
	return nil
}

func (c *compiler) strExpr(x *syntax.StrLit) expr {
	f := c.format(x.Parts, x.Value)
	if f.parts == nil {
		return constantExpr(StrValue(f.fixed))
	}
	return func(c *Ctx) (Value, bool) {
		b, ok := f.eval(c)
		return StrValue(b), ok
	}
}

func (c *compiler) unary(x *syntax.Unary) expr {
	if x.Op != "~" {
		return c.truthExpr(x)
	}
	v := c.expr(x.X)
	if v == nil {
		return nil
	}
	return func(c *Ctx) (Value, bool) {
		v, ok := v(c)
		n, isInt := v.AsInt()
		return Value{Kind: numKind, Int: ^n}, ok && isInt
	}
}

func (c *compiler) binary(x *syntax.Binary) expr {
	if _, ok := relations[x.Op]; ok || x.Op == "&&" || x.Op == "||" {
		return c.truthExpr(x)
	}
	if !strings.Contains("+ - * / % & | ^ << >>", x.Op) || x.Op == "" {
		c.error(x.Span, "unknown operator "+x.Op, "")
		return nil
	}
	l, r := c.expr(x.X), c.expr(x.Y)
	if l == nil || r == nil {
		return nil
	}
	op := x.Op
	return func(c *Ctx) (Value, bool) {
		a, aOK := l(c)
		b, bOK := r(c)
		if !aOK || !bOK {
			return Null, false
		}
		return c.arith(op, a, b)
	}
}

// truthExpr is a condition used as a value: 1 or 0.
func (c *compiler) truthExpr(x syntax.Expr) expr {
	t := c.condition(x)
	if t == nil {
		return nil
	}
	return func(c *Ctx) (Value, bool) {
		v := t(c)
		return Value{Kind: numKind, Int: int32(v)}, v != isError
	}
}

// format compiles a format string; value is its text when there are no parts.
func (c *compiler) format(parts []syntax.Part, value string) *format {
	if !hasVars(parts) {
		if len(parts) > 0 {
			value = textOf(parts)
		}
		return &format{fixed: []byte(value)}
	}
	f := &format{parts: make([]part, 0, len(parts))}
	for _, p := range parts {
		if p.Var == nil {
			f.parts = append(f.parts, part{text: []byte(p.Text)})
		} else if v := c.variable(p.Var); v != nil {
			f.parts = append(f.parts, part{x: v})
		}
	}
	return f
}

func textOf(parts []syntax.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}
