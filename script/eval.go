package script

import "github.com/fastsips/fastsips/script/syntax"

// Limits of what {s.eval} reads at run time.
const (
	evalDepth = 8       // a text that evaluates a text that ...
	evalLimit = 4 << 10 // bytes of a text
	evalsKept = 256     // compiled ones per pool
)

// evalTransform is {s.eval}: a text that is used as a format string.
func evalTransform() *TransformDef {
	return &TransformDef{
		Class: "s", Name: "eval", Doc: "the string, used as a format string: its variables are replaced", nests: true,
		Fn: func(c *Ctx, v Value, _ []Value) Value {
			b, ok := c.Text(v)
			if !ok {
				return Null
			}
			return c.evaluateText(b)
		},
	}
}

// evaluateText is bounded: a text may name itself, and come from a peer.
func (c *Ctx) evaluateText(b []byte) Value {
	f := c.pool.format(c.prog, b)
	if f == nil {
		c.LogError("core: {s.eval}: this is no format string: %.64q", b)
		return Null
	}
	if c.evals >= evalDepth {
		c.LogError("core: {s.eval} inside {s.eval}, more than %d deep", evalDepth)
		return Null
	}
	c.steps += 1 + len(f.parts)
	c.evals++
	out, ok := []byte(nil), false
	if c.steps <= c.prog.maxSteps {
		out, ok = f.eval(c)
	}
	c.evals--
	if !ok {
		return Null
	}
	return StrValue(out)
}

// format returns the compiled form of a text of a program, nil if it has none.
func (p *Pool) format(prog *Program, text []byte) *format {
	if p.formatsOf != prog {
		p.formatsOf, p.formats = prog, nil
	}
	if f, ok := p.formats[string(text)]; ok {
		return f
	}
	if len(text) > evalLimit {
		return nil
	}
	f := compileText(prog.reg, string(text))
	if len(p.formats) >= evalsKept {
		clear(p.formats)
	}
	if p.formats == nil {
		p.formats = make(map[string]*format)
	}
	p.formats[string(text)] = f
	return f
}

// compileText compiles a format string at run time: names of variables are looked up
// when they are read, so that nothing is added to what all loops share.
func compileText(r *Registry, text string) *format {
	lit := syntax.ParseText("", text)
	var d syntax.Diags
	c := &compiler{reg: r, d: &d, prog: new(Program), late: true}
	f := c.format(lit.Parts, lit.Value)
	if len(lit.Faults) > 0 || d.Errors() > 0 {
		return nil
	}
	return f
}
