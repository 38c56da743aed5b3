package script

import (
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

func (c *compiler) stmts(list []syntax.Stmt) {
	for _, s := range list {
		c.stmt(s)
	}
}

func (c *compiler) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case nil:
	case *syntax.Block:
		c.stmts(s.Stmts)
	case *syntax.If:
		c.ifStmt(s)
	case *syntax.While:
		c.while(s)
	case *syntax.ForEach:
		c.forEach(s)
	case *syntax.Switch:
		c.switchStmt(s)
	case *syntax.Break:
		c.breakStmt(s)
	case *syntax.Return:
		c.returnStmt(s)
	case *syntax.Exit:
		c.note(StepOther, "exit", s.Pos, "exit")
		c.emit(instr{op: opExit})
	case *syntax.Drop:
		c.note(StepOther, "drop", s.Pos, "drop")
		c.emit(instr{op: opDrop})
	case *syntax.Assert:
		c.assertStmt(s)
	case *syntax.Assign:
		c.assign(s)
	case *syntax.ExprStmt:
		c.exprStmt(s)
	case *syntax.Async:
		c.asyncStmt(s)
	case *syntax.Launch:
		c.launchStmt(s)
	default:
		c.error(s.At(), "unknown statement", "")
	}
}

// empty reports that a statement does nothing: { }.
func empty(s syntax.Stmt) bool {
	b, ok := s.(*syntax.Block)
	if s == nil || ok && b == nil {
		return true
	}
	for i := 0; ok && i < len(b.Stmts); i++ {
		if !empty(b.Stmts[i]) {
			return false
		}
	}
	return ok
}

// ifStmt: the value of an if is that of its branch, and so is $rc. Without a
// branch to run the value is 1 and $rc that of the condition.
func (c *compiler) ifStmt(s *syntax.If) {
	yes, no, bad, end := c.newLabel(), c.newLabel(), c.newLabel(), c.newLabel()
	from := len(c.code)
	c.cond(s.Cond, targets{yes, no, bad})
	fails := c.uses(bad, from)
	c.place(yes)
	c.branch(s.Then, 1, end)
	c.place(bad)
	if fails {
		c.warn(s.Cond)
		if empty(s.Else) {
			c.set(-1, 1, end)
		} else {
			c.jump(no)
		}
	}
	c.place(no)
	c.branch(s.Else, 0, next)
	c.place(end)
}

// branch is one side of an if, then a jump to end.
func (c *compiler) branch(s syntax.Stmt, rc int32, end label) {
	if empty(s) {
		c.set(rc, 1, end)
		return
	}
	c.stmt(s)
	c.emit(instr{op: opSync})
	c.jump(end)
}

func (c *compiler) jump(to label) {
	if to != next {
		c.emit(instr{op: opJump, t: int32(to)})
	}
}

// set emits $rc = rc and statement value = val.
func (c *compiler) set(rc, val int32, to label) {
	c.emit(instr{op: opSet, n: rc, m: val, t: int32(to)})
}

// warn emits what a condition with an error logs.
func (c *compiler) warn(x syntax.Expr) {
	text := fmt.Appendf(nil, "core: error in the condition at %s", where(at(x).Pos))
	c.emit(instr{op: opWarn, t: int32(next), x: &detail{text: text}})
}

// uses reports that a test emitted since from goes to l when it fails.
func (c *compiler) uses(l label, from int) bool {
	for i := range c.code[from:] {
		if in := &c.code[from+i]; in.op == opTest && in.e == int32(l) {
			return true
		}
	}
	return false
}

func where(p syntax.Pos) string {
	name := "?"
	if p.Src != nil {
		name = p.Src.Name
	}
	return fmt.Sprintf("%s:%d", name, p.Line)
}

// at returns where an expression is; a broken tree may have none.
func at(x syntax.Expr) (s syntax.Span) {
	if x != nil {
		s = x.At()
	}
	return s
}

// loop takes a counter for a nested loop.
func (c *compiler) loop() int32 {
	c.loops++
	c.regs = max(c.regs, c.loops)
	return c.loops - 1
}

func (c *compiler) while(s *syntax.While) {
	n := c.loop()
	top, yes, no, bad, tooMany, end := c.newLabel(), c.newLabel(), c.newLabel(), c.newLabel(), c.newLabel(), c.newLabel()
	c.emit(instr{op: opLoop, n: n})
	c.place(top)
	c.emit(instr{op: opWhile, n: n, f: int32(tooMany), x: &detail{at: s.Pos}})
	from := len(c.code)
	c.cond(s.Cond, targets{yes, no, bad})
	fails := c.uses(bad, from)
	c.place(yes)
	c.body(s.Body, end)
	c.emit(instr{op: opSync})
	c.jump(top)
	c.place(bad)
	if fails {
		c.warn(s.Cond)
	}
	c.place(no)
	c.set(1, 1, end)
	c.place(tooMany)
	c.emit(instr{op: opSync})
	c.place(end)
	c.loops--
}

// body compiles what break may leave.
func (c *compiler) body(s syntax.Stmt, end label) {
	c.breaks = append(c.breaks, end)
	c.stmt(s)
	c.breaks = c.breaks[:len(c.breaks)-1]
}

// breakStmt: break leaves the value -5.
func (c *compiler) breakStmt(s *syntax.Break) {
	if len(c.breaks) == 0 {
		c.error(s.Span, "break is only allowed inside switch, while and for", "")
		return
	}
	c.set(brokenOut, brokenOut, c.breaks[len(c.breaks)-1])
}

func (c *compiler) forEach(s *syntax.ForEach) {
	iter, coll := c.target(s.Iter), c.variable(s.Coll)
	if iter == nil || coll == nil {
		return
	}
	if !coll.base.All {
		text := fmt.Appendf(nil, "core: for at %s needs a list such as $(avp(x)[*])", where(s.Pos))
		c.emit(instr{op: opForbidden, x: &detail{text: text}})
		return
	}
	n, asks := c.loop(), c.asks
	top, end := c.newLabel(), c.newLabel()
	c.emit(instr{op: opLoop, n: n})
	c.asks = asks
	c.place(top)
	c.note(StepOther, "for", s.Pos, "for ("+syntax.Text(s.Iter)+" in "+syntax.Text(s.Coll)+")", s.Iter)
	c.emit(instr{op: opForEach, n: n, f: int32(end), x: &detail{iter: iter, coll: coll, at: s.Pos}})
	c.body(s.Body, end)
	c.emit(instr{op: opSync})
	c.jump(top)
	c.place(end)
	c.emit(instr{op: opSync})
	c.loops--
}

func (c *compiler) switchStmt(s *syntax.Switch) {
	x := c.variable(s.Operand)
	if x == nil {
		return
	}
	end := c.newLabel()
	none, sw := end, &switchTable{x: x}
	in := len(c.code)
	c.note(StepOther, "switch", s.Pos, "switch ("+syntax.Text(s.Operand)+")", s.Operand)
	c.emit(instr{op: opSwitch, x: &detail{sw: sw}})
	c.breaks = append(c.breaks, end)
	for _, k := range s.Cases {
		if k == nil {
			continue
		}
		to := c.newLabel()
		c.place(to)
		if k.Label == nil {
			none = to
		} else {
			c.caseLabel(sw, k, to)
		}
		c.stmts(k.Body)
	}
	c.breaks = c.breaks[:len(c.breaks)-1]
	c.code[in].t = int32(none)
	c.place(end)
	c.emit(instr{op: opSync})
}

func (c *compiler) caseLabel(sw *switchTable, k *syntax.Case, to label) {
	switch l := k.Label.(type) {
	case *syntax.NumLit:
		sw.cases = append(sw.cases, switchCase{num: l.Value, to: int32(to)})
	case *syntax.StrLit:
		sw.cases = append(sw.cases, switchCase{str: []byte(l.Value), isStr: true, to: int32(to)})
	default:
		c.error(k.Span, "a case label must be a number or a string", "")
	}
}

func (c *compiler) returnStmt(s *syntax.Return) {
	x := &detail{}
	for _, v := range s.Values {
		x.values = append(x.values, c.expr(v))
	}
	c.note(StepLeave, "return", s.Pos, returnText(s), returnVars(s)...)
	c.emit(instr{op: opReturn, x: x})
}

// assertStmt: a disabled assert leaves the value that break leaves.
func (c *compiler) assertStmt(s *syntax.Assert) {
	if !c.assert {
		c.set(brokenOut, brokenOut, next)
		return
	}
	yes, no, end := c.newLabel(), c.newLabel(), c.newLabel()
	c.cond(s.Cond, targets{yes, no, no})
	c.place(no)
	text := fmt.Appendf(nil, "core: assert failed at %s", where(s.Pos))
	if s.Text != nil {
		text = fmt.Appendf(text, ": %s", s.Text.Value)
	}
	c.note(StepOther, "assert", s.Pos, "assert("+syntax.Text(s.Cond)+") fails")
	c.emit(instr{op: opAssert, x: &detail{text: text}})
	c.place(yes)
	c.set(1, 1, end)
	c.place(end)
}

func (c *compiler) exprStmt(s *syntax.ExprStmt) {
	here := targets{next, next, next}
	switch x := s.X.(type) {
	case *syntax.Call:
		c.call(x, here)
	case *syntax.RouteCall:
		c.routeCall(x, here)
	default:
		c.error(s.Span, "this is not a statement", "")
	}
}

// call emits the call of a function with the ways on by its value.
func (c *compiler) call(x *syntax.Call, to targets) {
	f, run := c.bind(x)
	if run == nil {
		return
	}
	c.note(StepCall, x.Name, x.Pos, syntax.Text(x), x)
	c.emit(instr{op: opCall, in: f.In, waits: f.Waits, call: run, t: int32(to.yes), f: int32(to.no), e: int32(to.no), x: callDetail(x)})
}

// callDetail holds what is logged when an argument is not there.
func callDetail(x *syntax.Call) *detail {
	return &detail{name: x.Name, at: x.Pos,
		text: fmt.Appendf(nil, "core: %s at %s not called: an argument is NULL or of the wrong kind", x.Name, where(x.Pos))}
}

// bind compiles the arguments of a call.
func (c *compiler) bind(x *syntax.Call) (*Func, call) {
	if x == nil {
		c.error(syntax.Span{}, "a call is missing", "")
		return nil, nil
	}
	f := c.reg.Funcs[x.Name]
	if f == nil {
		hint := ""
		if m := c.reg.Known[x.Name]; m != "" {
			hint = "it is in module " + m
		}
		c.error(x.Span, "unknown function "+x.Name, hint)
		return nil, nil
	}
	b := &binder{c: c, call: x}
	if len(x.Args) > len(f.Params) {
		b.error(x.Span, fmt.Sprintf("it takes at most %d arguments, not %d", len(f.Params), len(x.Args)), "")
		return nil, nil
	}
	return f, f.bind(b)
}

func (c *compiler) routeCall(x *syntax.RouteCall, to targets) {
	r, d := &routeCall{id: -1}, &detail{at: x.Pos}
	s, isStr := x.Name.(*syntax.StrLit)
	if isStr && !hasVars(s.Parts) {
		d.name = s.Value
		if r.id = c.prog.Route(syntax.RequestRoute, s.Value); r.id < 0 || s.Value == "" {
			c.error(s.Span, "there is no route["+s.Value+"]", "")
		}
	} else if r.name = c.expr(x.Name); r.name == nil {
		return
	}
	for _, a := range x.Args {
		r.args = append(r.args, c.expr(a))
	}
	d.route = r
	c.note(StepRoute, "route", x.Pos, syntax.Text(x), x)
	c.emit(instr{op: opRoute, t: int32(to.yes), f: int32(to.no), e: int32(to.no), x: d})
}
