package check

import (
	"maps"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// format checks a string that is used as a format: its variables, and what the
// parser could not read in it.
func (c *checker) format(lit *syntax.StrLit) {
	if lit.Broken {
		return
	}
	c.d.List = append(c.d.List, lit.Faults...)
	c.parts(lit.Parts)
}

func (c *checker) parts(parts []syntax.Part) {
	for _, p := range parts {
		if p.Var != nil {
			c.variable(p.Var)
		}
	}
}

// variable checks a variable that is read. It reports whether it is known.
func (c *checker) variable(v *syntax.Var) bool {
	def := c.reference(v)
	if def != nil && v.Index != nil && (v.Index.Append || v.Index.Insert || v.Index.InsertAfter) {
		c.errorf(v.Index.Span, "", "the index %s is for assignments", v.Index.Word())
	}
	return def != nil
}

// writable checks a variable that is assigned to.
func (c *checker) writable(v *syntax.Var) {
	def := c.reference(v)
	switch {
	case def == nil:
	case len(v.Transforms) > 0:
		c.errorf(v.Transforms[0].Span, "", "a transformation cannot be assigned to")
	case def.Set == nil && def.Assign == nil:
		c.errorf(v.Span, "", "$%s is read-only", v.Name)
	}
}

// reference checks what is the same for reading and writing. It returns nil for
// an unknown variable.
func (c *checker) reference(v *syntax.Var) *script.Var {
	c.parts(v.Inner)
	if v.Index != nil && v.Index.Var != nil {
		c.variable(v.Index.Var)
	}
	for _, t := range v.Transforms {
		c.transform(t)
	}
	if v.Name == "" {
		return nil // reported by the parser
	}
	def := c.r.Vars[v.Name]
	if def == nil {
		if !c.cfg.Partial {
			c.errorf(v.Span, c.variableHint(v), "unknown variable $%s", v.Name)
		}
		return nil
	}
	if def.Name != v.Name {
		c.d.Add(syntax.Note, v.Span, "$"+v.Name+" is an old name of $"+def.Name, "")
	}
	c.form(v, def)
	return def
}

func (c *checker) variableHint(v *syntax.Var) string {
	if hint := c.missingModule("$" + v.Name); hint != "" {
		return hint
	}
	if head, rest, ok := strings.Cut(v.Name, "."); ok && !v.HasInner && c.r.Vars[head] != nil {
		return "if ." + rest + " is text, write $(" + head + ")." + rest
	}
	if near := syntax.Nearest(v.Name, maps.Keys(c.r.Vars)); near != "" {
		return "did you mean $" + near + "?"
	}
	return ""
}

// form checks the parentheses and the index against the declaration.
func (c *checker) form(v *syntax.Var, def *script.Var) {
	switch {
	case def.Inner == script.NoInner && v.HasInner:
		c.errorf(v.InnerSpan, "if it is text, write $("+v.Name+")(...)", "$%s takes no name in parentheses", v.Name)
		return
	case def.Inner == script.NeedsInner && len(v.Inner) == 0:
		c.errorf(v.Span, "write $"+v.Name+"(name)", "$%s needs a name in parentheses", v.Name)
		return
	case v.Index != nil && !def.Indexed:
		c.errorf(v.Index.Span, "", "$%s has no index", v.Name)
		return
	case v.Index != nil && (v.Index.Insert || v.Index.InsertAfter) && !def.Inserts:
		c.errorf(v.Index.Span, "", "$%s has no place to insert at", v.Name)
		return
	}
	if def.Bind == nil || len(v.Inner) > 1 || len(v.Inner) == 1 && v.Inner[0].Var != nil {
		return
	}
	inner := ""
	if len(v.Inner) == 1 {
		inner = v.Inner[0].Text
	}
	if _, err := def.Bind(inner); err != nil {
		at := v.Span
		if v.HasInner {
			at = v.InnerSpan
		}
		c.errorf(at, "", "$%s: %v", v.Name, err)
	}
}

func (c *checker) transform(t *syntax.Transform) {
	for _, a := range t.Args {
		c.parts(a)
	}
	if t.Class == "" || t.Name == "" {
		return // reported by the parser
	}
	key := t.Class + "." + t.Name
	def := c.r.Transforms[key]
	if def == nil {
		if c.cfg.Partial {
			return
		}
		hint := c.missingModule("{" + key)
		if near := syntax.Nearest(key, maps.Keys(c.r.Transforms)); hint == "" && near != "" {
			hint = "did you mean {" + near + "}?"
		}
		c.errorf(t.Span, hint, "unknown transformation {%s}", key)
		return
	}
	if n := len(t.Args); n < def.Min || def.Max >= 0 && n > def.Max {
		c.errorf(t.Span, "", "{%s} takes %s, not %d", key, count(def.Min, def.Max), n)
	}
}
