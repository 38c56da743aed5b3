package script

import (
	"errors"

	"github.com/fastsips/fastsips/script/syntax"
)

// A Template is a variable that a module parameter names, for runs to read.
type Template struct{ x *varExpr }

// CompileVar makes a Template of text, which must be one variable: $name,
// $name(inner) or $(...). It is for Start, when the registry is complete.
func CompileVar(r *Registry, text string) (*Template, error) {
	lit := syntax.ParseText("", text)
	v := soleVar(lit)
	switch {
	case len(lit.Faults) > 0:
		return nil, errors.New(lit.Faults[0].Msg)
	case v == nil:
		return nil, errors.New("this is no variable")
	}
	var d syntax.Diags
	c := &compiler{reg: r, d: &d, prog: new(Program)}
	x := c.variable(v)
	if d.Errors() > 0 || x == nil {
		return nil, errors.New(d.List[0].Msg)
	}
	return &Template{x}, nil
}

// Get reads the variable. A string is valid as long as the run is.
func (t *Template) Get(c *Ctx) Value { return t.x.eval(c) }

// Set writes the variable as "=" does. False: it refuses the value, or is read-only.
func (t *Template) Set(c *Ctx, v Value) bool {
	return (t.x.v.Set != nil || t.x.v.Assign != nil) && t.x.assign(c, v, false)
}

// A Format is a format string that a test has runs evaluate.
type Format struct{ f *format }

// CompileFormat makes one of text.
func CompileFormat(r *Registry, text string) (*Format, error) {
	lit := syntax.ParseText("", text)
	if len(lit.Faults) > 0 {
		return nil, errors.New(lit.Faults[0].Msg)
	}
	var d syntax.Diags
	c := &compiler{reg: r, d: &d, prog: new(Program)}
	f := c.format(lit.Parts, lit.Value)
	if d.Errors() > 0 {
		return nil, errors.New(d.List[0].Msg)
	}
	return &Format{f}, nil
}

// Eval is the text in c.
func (f *Format) Eval(c *Ctx) string {
	if f.f.parts == nil {
		return string(f.f.fixed)
	}
	at := len(c.text)
	f.f.write(c)
	s := string(c.text[at:])
	c.text = c.text[:at]
	return s
}
