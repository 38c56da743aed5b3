package script

import (
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// A note is what a trace says of an instruction. Instructions that only hold others
// together have none.
type note struct {
	kind StepKind
	at   syntax.Pos
	name string
	text string
	vars []noteVar
}

type noteVar struct {
	name string
	x    *varExpr
}

// note is about the instruction that is emitted next; x is what it does.
func (c *compiler) note(kind StepKind, name string, at syntax.Pos, text string, about ...any) {
	n := &note{kind: kind, at: at, name: name, text: text}
	for _, x := range about {
		syntax.Walk(x, func(x any) bool {
			v, ok := x.(*syntax.Var)
			if ok {
				n.add(c, v)
			}
			return !ok
		})
	}
	c.noted = n
}

// start is where an expression begins; a Binary's own place is its operator's.
func start(x syntax.Expr) syntax.Pos {
	switch x := x.(type) {
	case *syntax.Binary:
		return start(x.X)
	case nil:
		return syntax.Pos{}
	}
	return x.At().Pos
}

func returnText(s *syntax.Return) string {
	var list []string
	for _, x := range s.Values {
		list = append(list, syntax.Text(x))
	}
	return "return(" + strings.Join(list, ", ") + ")"
}

func returnVars(s *syntax.Return) (list []any) {
	for _, x := range s.Values {
		list = append(list, x)
	}
	return list
}

// add adds a variable once. What is wrong with it is reported by who compiles it in
// earnest.
func (n *note) add(c *compiler, v *syntax.Var) {
	name := syntax.Text(v)
	for i := range n.vars {
		if n.vars[i].name == name {
			return
		}
	}
	d := c.d
	c.d = new(syntax.Diags)
	x := c.variable(v)
	c.d = d
	if x != nil && !x.base.Append {
		n.vars = append(n.vars, noteVar{name, x})
	}
}

// noteAt returns the note of the instruction that the run stands on; nil if it has none.
func (c *Ctx) noteAt() (*note, *route) {
	f := &c.frames[len(c.frames)-1]
	r := &c.prog.routes[f.route]
	return r.notes[f.pc], r
}

// beforeStep notes what the instruction at hand will do.
func (c *Ctx) beforeStep() (*Step, *note) {
	n, r := c.noteAt()
	if n == nil || n.kind == StepLeave && len(c.frames) == 1 && n.text == "" {
		return nil, nil
	}
	s := &Step{Kind: n.kind, Route: r.full, Depth: len(c.frames) - 1, Line: int(n.at.Line), Name: n.name, Text: n.text}
	if s.Text == "" {
		s.Text = "end of " + r.full
	}
	if n.at.Src != nil {
		s.File = n.at.Src.Name
	}
	if t, ok := c.trace.to.(Informed); ok {
		s.Info = t.Info(c)
	}
	for _, v := range n.vars {
		text := v.text(c)
		s.Vars = append(s.Vars, Reading{v.name, text, text})
	}
	return s, n
}

// after completes s once the instruction was carried out.
func (n *note) after(c *Ctx, s *Step, in *instr) {
	for i, v := range n.vars {
		s.Vars[i].After = v.text(c)
	}
	switch n.kind {
	case StepCall, StepLeave, StepResume:
		s.Result = strconv.Itoa(int(c.val))
	case StepAssign:
		if c.val < 0 {
			s.Result = "refused"
		}
	case StepTest:
		s.Result = testText(in, c.frames[len(c.frames)-1].pc)
	}
}

// testText tells by the way that the run went how a test came out; nothing if all
// ways are one.
func testText(in *instr, pc int32) string {
	switch {
	case in.t == in.f:
		return ""
	case pc == in.t:
		return "true"
	case pc == in.f:
		return "false"
	}
	return "error"
}

// text is the variable's value as a format string shows it.
func (v *noteVar) text(c *Ctx) string {
	b := v.x.eval(c).appendTo(nil)
	if len(b) > maxTraced {
		return strconv.Quote(string(b[:maxTraced])) + "..."
	}
	if s := string(b); strconv.Quote(s) != `"`+s+`"` {
		return strconv.Quote(s)
	}
	return string(b)
}

// maxTraced is how much of a value a trace shows.
const maxTraced = 200

// traceResumed tells of a function that has waited, whose value is being delivered.
func (c *Ctx) traceResumed(deliver func()) {
	t := c.trace
	s, n := c.beforeStep()
	deliver()
	if n != nil {
		n.after(c, s, nil)
		s.Kind = StepResume
		t.to.Step(c, s)
	}
}
