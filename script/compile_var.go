package script

import (
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

// variable compiles a variable to be read; nil after an error.
func (c *compiler) variable(x *syntax.Var) *varExpr {
	if x == nil {
		c.error(syntax.Span{}, "a variable is missing", "")
		return nil
	}
	v := c.reg.Vars[x.Name]
	if v == nil {
		c.error(x.Span, "unknown variable $"+x.Name, "")
		return nil
	}
	out := &varExpr{v: v}
	c.asks = c.asks || v.Waits
	if v.notes && !c.late {
		c.prog.notes = true
	}
	if v.Place != nil && x.Src != nil {
		out.base.Key = v.Place(x.Src.Name, int(x.Line))
	}
	if !c.inner(out, x) || !c.index(out, x) || !c.context(out, x) {
		return nil
	}
	out.plain = out.name == nil && out.index == nil && !v.Waits && out.base.Context == ContextNone
	for _, t := range x.Transforms {
		if !c.transform(out, t) {
			return nil
		}
	}
	return out
}

// target compiles a variable to be written; nil after an error.
func (c *compiler) target(x *syntax.Var) *varExpr {
	out := c.variable(x)
	switch {
	case out == nil:
	case out.v.Set == nil && out.v.Assign == nil:
		c.error(x.Span, "$"+x.Name+" cannot be written", "")
		return nil
	case len(out.trs) > 0:
		c.error(x.Span, "a transformation cannot be written to", "")
		return nil
	}
	return out
}

// inner compiles the name in parentheses.
func (c *compiler) inner(out *varExpr, x *syntax.Var) bool {
	has := x.HasInner || len(x.Inner) > 0
	switch {
	case has && out.v.Inner == NoInner:
		c.error(x.Span, "$"+x.Name+" takes no name in parentheses", "")
		return false
	case !has && out.v.Inner == NeedsInner:
		c.error(x.Span, "$"+x.Name+" needs a name: $"+x.Name+"(name)", "")
		return false
	case !has:
		return true
	case hasVars(x.Inner):
		out.name = c.format(x.Inner, "")
		return true
	}
	name := textOf(x.Inner)
	out.base.Name = []byte(name)
	if out.v.Bind == nil || c.late {
		return true
	}
	key, err := out.v.Bind(name)
	if err != nil {
		c.error(x.Span, fmt.Sprintf("$%s(%s): %v", x.Name, name, err), "")
		return false
	}
	out.base.Key = key
	return true
}

func (c *compiler) index(out *varExpr, x *syntax.Var) bool {
	if x.Index == nil {
		return true
	}
	if !out.v.Indexed {
		c.error(x.Index.Span, "$"+x.Name+" takes no index", "")
		return false
	}
	a := &out.base
	if (x.Index.Insert || x.Index.InsertAfter) && !out.v.Inserts {
		c.error(x.Index.Span, "$"+x.Name+" has no place to insert at", "")
		return false
	}
	a.Has, a.Index, a.All, a.Append = true, x.Index.N, x.Index.All, x.Index.Append
	a.Insert, a.After = x.Index.Insert, x.Index.InsertAfter
	if x.Index.Var == nil {
		return true
	}
	out.index = c.variable(x.Index.Var)
	return out.index != nil
}

func (c *compiler) context(out *varExpr, x *syntax.Var) bool {
	switch x.Context {
	case "":
	case "request":
		out.base.Context = ContextRequest
	case "reply":
		out.base.Context = ContextReply
	default:
		c.error(x.Span, "unknown context <"+x.Context+">", "")
		return false
	}
	return true
}

func (c *compiler) transform(out *varExpr, t *syntax.Transform) bool {
	name := t.Class + "." + t.Name
	def := c.reg.Transforms[name]
	if def == nil {
		c.error(t.Span, "unknown transformation {"+name+"}", "")
		return false
	}
	if n := len(t.Args); n < def.Min || def.Max >= 0 && n > def.Max {
		c.error(t.Span, fmt.Sprintf("{%s} takes %s, not %d", name, countText(def.Min, def.Max), n), "")
		return false
	}
	c.asks = c.asks || def.Waits || def.nests
	tr := transform{def: def}
	if def.bind != nil {
		tr.run = def.bind(c, t)
		out.trs = append(out.trs, tr)
		return tr.run != nil
	}
	for _, a := range t.Args {
		tr.args = append(tr.args, c.format(a, ""))
	}
	out.trs = append(out.trs, tr)
	return true
}

func countText(low, high int) string {
	switch {
	case low == high:
		return fmt.Sprintf("%d arguments", low)
	case high < 0:
		return fmt.Sprintf("at least %d arguments", low)
	}
	return fmt.Sprintf("%d to %d arguments", low, high)
}
