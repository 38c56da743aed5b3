package script

import "github.com/fastsips/fastsips/asyncops"

// brokenOut is the value that break leaves, and that of a disabled assert.
const brokenOut = -5

// run carries out instructions until the run ends or waits.
func (c *Ctx) run() Outcome {
	doing := c.pool.Doing
	outer := doing.begin(c.prog)
	out := stopped
	for out == stopped {
		if c.trace != nil {
			out = c.runTraced()
		} else {
			out = c.runOn()
		}
	}
	doing.end(outer)
	return out
}

// runOn is run, or a part of it: it is stopped when the run loop has to be changed.
func (c *Ctx) runOn() Outcome {
	doing := c.pool.Doing
	for len(c.frames) > 0 {
		f := &c.frames[len(c.frames)-1]
		doing.mark(f)
		in := &c.prog.routes[f.route].code[f.pc]
		if c.steps++; c.steps > c.prog.maxSteps {
			switch {
			case c.trace != nil && c.trace.stepping:
				return stopped // that was the one
			case !c.alert && c.interrupted():
				return stopped
			case c.attend():
				continue
			}
			break
		}
		if in.asks {
			if c.evaluate(f, in) == Suspended {
				return Suspended
			}
		} else if c.step(f, in) == Suspended {
			return Suspended
		}
	}
	return Done
}

// step carries out one instruction.
func (c *Ctx) step(f *frame, in *instr) Outcome {
	switch in.op {
	case opCall, opAsync:
		return c.call(in)
	case opTest:
		f.pc = pick(in.test(c), in)
	case opJump:
		f.pc = in.t
	case opSet:
		c.rc, c.val, f.pc = in.n, in.m, in.t
	case opSync:
		c.rc = c.val
		f.pc++
	case opAssign:
		c.set(truth(in.x.assign(c)))
		f.pc++
	case opLoop:
		c.regs[f.regs+in.n] = 0
		f.pc++
	case opJoin:
		return c.joinGroup(in)
	default:
		c.leap(f, in)
	}
	return Done
}

// leap carries out what leaves the straight line.
func (c *Ctx) leap(f *frame, in *instr) {
	switch in.op {
	case opEnd:
		c.leave(c.val)
	case opRoute:
		c.callRoute(in)
	case opReturn:
		if v := c.returnValue(in); !c.wanting {
			c.leave(v)
		}
	case opExit:
		c.end(0)
	case opDrop:
		c.dropped = true
		c.end(0)
	case opSwitch:
		f.pc = c.choose(in) // the operand may be $rc
		c.set(1)
	case opWhile:
		c.countTurn(f, in)
	case opForEach:
		c.nextElement(f, in)
	case opGroup:
		c.beginGroup()
		f.pc++
	case opMember:
		c.groupMember(f, in)
	case opResume:
		c.jumpTo(in.n)
	case opLaunch:
		if c.launch(in); c.exiting {
			c.end(0)
			return
		}
		f.pc++
	case opAssert:
		c.failAssert(in)
	case opWarn:
		c.Log(levelWarn, in.x.text)
		f.pc = in.t
	case opForbidden:
		c.Log(levelErr, in.x.text)
		c.set(-1)
		f.pc++
	}
}

func truth(ok bool) int32 {
	if ok {
		return 1
	}
	return -1
}

// pick chooses the way on after a condition.
func pick(v tri, in *instr) int32 {
	switch v {
	case isTrue:
		return in.t
	case isFalse:
		return in.f
	}
	return in.e
}

// set makes n the value of a statement.
func (c *Ctx) set(n int32) { c.rc, c.val = n, n }

// call runs a function. If it waits, the frame stays on the instruction, and
// Resume delivers its value there.
func (c *Ctx) call(in *instr) Outcome {
	if in.op == opCall && in.in&In(c.kind) == 0 {
		c.LogError("core: %s is not allowed in %s", in.x.name, kindNames[c.kind])
		c.end(0)
		return Done
	}
	noting := c.noting(in)
	if noting {
		c.noteCall(in)
	}
	c.starting = in.first
	v := in.call(c)
	c.starting = false
	switch v {
	case Waiting:
		c.park(in)
		return Suspended
	case unanswered:
		return Done // evaluate sees to it
	}
	if noting {
		c.noteEnd(v, asyncops.Completed, false)
	}
	c.deliver(v)
	return Done
}

func (c *Ctx) park(in *instr) {
	c.byAsync = in.op == opAsync
	if !c.byAsync {
		return
	}
	c.async = true
	c.timeout = shorter(c.timeout, in.x.timeout)
}

// deliver gives the instruction that the run stands on its value, and goes on.
func (c *Ctx) deliver(v Ret) {
	if len(c.frames) == 0 {
		return // the host's own operation: no statement waits for it
	}
	f := &c.frames[len(c.frames)-1]
	in := &c.prog.routes[f.route].code[f.pc]
	switch in.op {
	case opAsync:
		c.deliverAsync(f, in, v)
		return
	case opJoin:
		c.endGroup(f, in, v)
		return
	}
	if v == badArg {
		c.Log(levelErr, in.x.text)
		v = -1
	}
	c.set(int32(v))
	switch {
	case v == 0 || c.exiting:
		c.end(0)
	case v > 0:
		f.pc = in.t
	default:
		f.pc = in.f
	}
}

// push enters a route whose arguments are the last nargs of c.params.
func (c *Ctx) push(route, param, nargs int32) {
	regs := len(c.regs)
	for range c.prog.routes[route].regs {
		c.regs = append(c.regs, 0)
	}
	c.frames = append(c.frames, frame{route: route, regs: int32(regs), param: param, nargs: nargs})
}

// callRoute is route(name, args...).
func (c *Ctx) callRoute(in *instr) {
	r := in.x.route
	id := r.id
	if id < 0 {
		if id = c.namedRoute(in); c.wanting {
			return
		} else if id < 0 {
			c.deliver(-1)
			return
		}
	}
	if len(c.frames) > maxRouteDepth {
		c.LogError("core: more than %d nested routes at %s:%d: route(%s) not called", maxRouteDepth, in.x.file(), in.x.at.Line, c.prog.routes[id].name)
		c.deliver(-1)
		return
	}
	param := int32(len(c.params))
	for _, x := range r.args {
		v, _ := x(c)
		c.params = append(c.params, v.kept())
	}
	if c.wanting {
		c.params = c.params[:param]
		return
	}
	c.returns = c.returns[:0]
	c.val = 1 // of a route without statements
	c.push(id, param, int32(len(r.args)))
}

func (d *detail) file() string {
	if d.at.Src == nil {
		return "?"
	}
	return d.at.Src.Name
}

// namedRoute finds a route whose name is computed.
func (c *Ctx) namedRoute(in *instr) int32 {
	v, _ := in.x.route.name(c)
	name, ok := c.Text(v.kept())
	id := int32(-1)
	if ok {
		id = c.prog.routeOf(0, name)
	}
	if id < 0 && !c.wanting {
		c.LogError("core: route(%s) at %s:%d: no such route", v.appendTo(nil), in.x.file(), in.x.at.Line)
	}
	return id
}

// returnValue evaluates return(code, values...).
func (c *Ctx) returnValue(in *instr) int32 {
	code := int32(1)
	at := len(c.returns)
	for i, x := range in.x.values {
		v, ok := x(c)
		if i > 0 {
			c.returns = append(c.returns, v.kept())
			continue
		}
		if n, isInt := v.AsInt(); isInt {
			code = n
		} else if v.Kind == NullKind || !ok {
			code = -1
		}
	}
	if c.wanting {
		c.returns = c.returns[:at]
		return 0
	}
	c.returns = append(c.returns[:0], c.returns[at:]...)
	return code
}

// leave ends the innermost route with value v. The script goes on behind the
// call; after the top route, or if v is 0, it is over.
func (c *Ctx) leave(v int32) {
	c.set(v)
	if v != 0 && c.inErrorRoute() {
		c.leaveErrorRoute()
		return
	}
	last := len(c.frames) - 1
	if last == 0 || v == 0 {
		c.end(v)
		return
	}
	c.regs = c.regs[:c.frames[last].regs]
	c.params = c.params[:c.frames[last].param]
	c.frames = c.frames[:last]
	c.deliver(Ret(v))
}

// end ends the script; a fault that was recorded has its error_route first.
func (c *Ctx) end(v int32) {
	c.value = v
	if c.group != nil {
		c.dropGroup()
	}
	c.frames, c.regs = c.frames[:0], c.regs[:0]
	if c.fault == nil || c.fault.stage == noFault {
		return
	}
	if c.fault.stage == faultRecorded {
		c.fault.over = true
		c.runErrorRoute()
		return
	}
	c.forgetFault()
}

// jumpTo replaces all frames by the top of route. It keeps the arguments of the
// innermost call.
func (c *Ctx) jumpTo(route int32) {
	f := c.frames[len(c.frames)-1]
	n := copy(c.params, c.params[f.param:f.param+f.nargs])
	c.params = c.params[:n]
	c.frames, c.regs = c.frames[:0], c.regs[:0]
	c.leaveFault()
	c.val = 1
	c.push(route, 0, int32(n))
}

// choose finds where a switch goes on.
func (c *Ctx) choose(in *instr) int32 {
	sw := in.x.sw
	v := sw.x.eval(c)
	for i := range sw.cases {
		if c.matches(&sw.cases[i], v) {
			return sw.cases[i].to
		}
	}
	return in.t
}

// matches: string labels compare without case, an int label matches only a value
// with an int part.
func (c *Ctx) matches(s *switchCase, v Value) bool {
	if n, isInt := v.AsInt(); !s.isStr {
		return isInt && n == s.num
	}
	b, ok := c.Text(v)
	return ok && foldCompare(b, s.str) == 0
}

// countTurn begins a turn of a while.
func (c *Ctx) countTurn(f *frame, in *instr) {
	n := &c.regs[f.regs+in.n]
	if *n >= c.prog.maxWhile {
		c.LogError("core: max_while_loops (%d) reached at %s:%d", c.prog.maxWhile, in.x.file(), in.x.at.Line)
		f.pc = in.f
		return
	}
	*n++
	f.pc++
}

// nextElement reads the next element of a for's list into its variable.
func (c *Ctx) nextElement(f *frame, in *instr) {
	n := &c.regs[f.regs+in.n]
	if *n == 0 {
		c.set(1)
	}
	v := in.x.coll.element(c, *n)
	if c.wanting {
		return
	}
	*n++
	switch {
	case v.IsNull():
		f.pc = in.f
	case !in.x.iter.assign(c, v, false):
		c.LogError("core: for at %s:%d: the variable refuses a value", in.x.file(), in.x.at.Line)
		c.set(-1)
		f.pc = in.f
	default:
		f.pc++
	}
}
