package script

import "github.com/fastsips/fastsips/script/syntax"

func (c *compiler) assign(s *syntax.Assign) {
	to, v := c.target(s.Var), c.expr(s.Value)
	if to == nil || v == nil {
		return
	}
	_, null := s.Value.(*syntax.Null)
	var run func(c *Ctx) bool
	switch s.Op {
	case "=", ":=":
		run = plainAssign(to, v, s.Op == ":=")
	case "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=":
		if null {
			c.error(s.Value.At(), "NULL can only be assigned with = and :=", "")
			return
		}
		run = computedAssign(to, v, s.Op[:1])
	default:
		c.error(s.Span, "unknown assignment "+s.Op, "")
		return
	}
	c.note(StepAssign, s.Op, s.Pos, syntax.Text(s.Var)+" "+s.Op+" "+syntax.Text(s.Value), s.Var, s.Value)
	c.emit(instr{op: opAssign, x: &detail{name: "$" + s.Var.Name, at: s.Pos, assign: run}})
}

func plainAssign(to *varExpr, v expr, replace bool) func(c *Ctx) bool {
	return func(c *Ctx) bool {
		v, ok := v(c)
		return ok && !c.wanting && to.assign(c, v.kept(), replace)
	}
}

// computedAssign is += and its like: NULL on either side is an error, and the
// variable keeps its value.
func computedAssign(to *varExpr, v expr, op string) func(c *Ctx) bool {
	return func(c *Ctx) bool {
		old := to.eval(c)
		v, ok := v(c)
		if !ok || old.IsNull() || v.IsNull() {
			return false
		}
		sum, ok := c.arith(op, old, v)
		return ok && !c.wanting && to.assign(c, sum.kept(), false)
	}
}
