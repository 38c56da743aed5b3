package script

import (
	"slices"

	"github.com/fastsips/fastsips/script/syntax"
)

// A compiler turns one configuration into a Program.
type compiler struct {
	cfg  *syntax.Config
	reg  *Registry
	d    *syntax.Diags
	prog *Program

	// Of the route at hand.
	code   []instr
	notes  []*note
	noted  *note   // of the next instruction
	labels []int32 // place of each label, -1 until it is known
	breaks []label // of the enclosing loops and switches
	loops  int32   // nested loops
	regs   int32   // most nested loops
	assert bool    // enable_asserts
	asks   bool    // what was compiled since the last instruction may wait
	late   bool    // while runs go on: see compileText
}

// Compile translates a checked configuration. It adds to d what the parameters of
// functions refuse, and returns nil if d has errors. Broken trees are refused,
// never a reason to panic.
func Compile(cfg *syntax.Config, r *Registry, d *syntax.Diags) *Program {
	c := &compiler{cfg: cfg, reg: r, d: d, prog: &Program{
		reg: r, initial: slices.Clone(r.initial),
		maxWhile: 10000, maxSteps: defaultMaxSteps, memory: defaultMemory,
		xlogLevel: levelNotice, xlogPrint: levelNotice, xlogBuf: 4096, printBuf: 20000,
	}}
	for _, g := range cfg.Globals {
		c.global(g)
	}
	for _, x := range cfg.Routes {
		c.declare(x)
	}
	c.prog.onError = c.prog.Route(errorRoute, "")
	for i, x := range cfg.Routes {
		c.route(int32(i), x)
	}
	if d.Errors() > 0 {
		return nil
	}
	return c.prog
}

// global takes the parameters that the run-time itself knows.
func (c *compiler) global(g *syntax.Global) {
	x, ok := g.Value.(*syntax.NumLit)
	if !ok {
		if s, isStr := g.Value.(*syntax.StrLit); isStr {
			n, _ := syntax.BoolWord(s.Value)
			c.asserts(g.Name, n != 0)
		}
		return
	}
	n := int(x.Value)
	switch g.Name {
	case "max_script_steps":
		c.prog.maxSteps = n
	case "max_script_memory":
		c.prog.memory = n
	case "max_while_loops":
		c.prog.maxWhile = x.Value
	case "xlog_level":
		c.prog.xlogLevel = n
	case "xlog_print_level":
		c.prog.xlogPrint = n
	case "xlog_buf_size":
		c.prog.xlogBuf = n
	case "pv_print_buf_size":
		c.prog.printBuf = n
	default:
		c.asserts(g.Name, n != 0)
	}
}

func (c *compiler) asserts(name string, on bool) {
	switch name {
	case "enable_asserts":
		c.assert = on
	case "abort_on_assert":
		c.prog.abortOnAssert = on
	}
}

// declare gives a route its number, so that others may name it before it is
// compiled. The first of two with one name is the one that counts.
func (c *compiler) declare(x *syntax.Route) {
	p, id := c.prog, int32(len(c.prog.routes))
	k := x.Kind
	if k >= syntax.NRouteKinds {
		c.error(x.Span, "unknown kind of route", "")
		k = 0
	}
	p.routes = append(p.routes, route{kind: k, name: x.Name, interval: x.Interval, full: fullName(k, x.Name)})
	if p.index[k] == nil {
		p.index[k] = map[string]int32{}
	}
	if _, twice := p.index[k][x.Name]; twice {
		c.error(x.Span, fullName(k, x.Name)+" is defined twice", "")
		return
	}
	p.index[k][x.Name] = id
}

func (c *compiler) route(id int32, x *syntax.Route) {
	c.code, c.notes, c.labels, c.breaks = nil, nil, c.labels[:0], c.breaks[:0]
	c.loops, c.regs = 0, 0
	if x.Body != nil {
		c.stmt(x.Body)
	}
	c.note(StepLeave, "end", x.End.Pos, "")
	c.emit(instr{op: opEnd})
	c.resolve()
	r := &c.prog.routes[id]
	r.code, r.notes, r.regs = c.code, c.notes, c.regs
}

// error adds a message, unless an earlier pass has found something at that place.
func (c *compiler) error(at syntax.Span, msg, hint string) {
	for i := range c.d.List {
		if e := &c.d.List[i]; e.Severity == syntax.Error && e.Pos == at.Pos {
			return
		}
	}
	c.d.Add(syntax.Error, at, msg, hint)
}

// A label is a place in the code that need not be known yet.
type label int32

// next is the instruction behind the one that names it.
const next label = -1

func (c *compiler) newLabel() label {
	c.labels = append(c.labels, -1)
	return label(len(c.labels) - 1)
}

func (c *compiler) place(l label) { c.labels[l] = int32(len(c.code)) }

// emit appends an instruction. Its t, f and e are labels until resolve.
func (c *compiler) emit(in instr) {
	switch in.op { // where there is one way on, it is the next instruction
	case opAssign, opSync, opLoop, opLaunch, opForbidden:
		in.t, in.f, in.e = int32(next), int32(next), int32(next)
	}
	in.asks, c.asks = c.asks, false
	c.code, c.notes, c.noted = append(c.code, in), append(c.notes, c.noted), nil
}

// resolve turns labels into places.
func (c *compiler) resolve() {
	for pc := range c.code {
		in := &c.code[pc]
		for _, to := range [...]*int32{&in.t, &in.f, &in.e} {
			*to = c.placeOf(label(*to), pc)
		}
		if in.x != nil && in.x.sw != nil {
			for i := range in.x.sw.cases {
				s := &in.x.sw.cases[i]
				s.to = c.placeOf(label(s.to), pc)
			}
		}
	}
}

func (c *compiler) placeOf(l label, pc int) int32 {
	if l == next || int(l) >= len(c.labels) || c.labels[l] < 0 {
		return int32(pc) + 1
	}
	return c.labels[l]
}
