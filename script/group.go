package script

import (
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops"
)

// A group is the async_all statement at hand: its calls in the order of writing, and the
// operations that those of them have begun that wait.
type group struct {
	ops    asyncops.Group
	calls  []groupCall
	asked  bool          // the host has made the transaction
	rounds time.Duration // how long it has waited, before the operations at hand
}

// A groupCall is one call of it.
type groupCall struct {
	in  *instr
	pc  int32
	op  int // number in ops; -1: it has its value
	fin Finish
	v   Ret
	out asyncops.Outcome
}

// noLimit is the deadline of a group that has none of its own: each operation has one.
const noLimit = 365 * 24 * time.Hour

// beginGroup begins an async_all statement.
func (c *Ctx) beginGroup() {
	c.group = c.pool.getGroup()
	c.forgetOps()
}

// groupMember calls one function of an async_all. What it waits for is begun with that of
// all others, by joinGroup.
func (c *Ctx) groupMember(f *frame, in *instr) {
	g := c.group
	c.starting = !g.asked
	v := in.call(c)
	g.asked = g.asked || !c.starting
	c.starting = false
	call := groupCall{in: in, pc: f.pc, op: -1, v: v}
	switch v {
	case unanswered:
		return // evaluate sees to it
	case asyncEnded:
		c.end(0)
		return
	case asyncLost:
		c.set(-1)
		c.jumpTo(in.n)
		return
	case badArg: // the others' results are not to be lost for it
		c.Log(levelErr, in.x.text)
		call.v = -1
	case Waiting:
		call.op, call.fin = g.ops.Add(c.op, c.memberLimit(in)), c.fin
		c.op, c.fin, c.timeout = nil, nil, 0
	}
	g.calls = append(g.calls, call)
	if c.exiting {
		c.end(0)
		return
	}
	f.pc++
}

// memberLimit is how long the operation that was just made may take: its own limit or the
// statement's, whichever is shorter, so that it has timed out when the statement has.
func (c *Ctx) memberLimit(in *instr) time.Duration { return shorter(c.timeout, in.x.timeout) }

// joinGroup waits for what the calls of an async_all have to wait for.
func (c *Ctx) joinGroup(in *instr) Outcome {
	if !c.group.ops.Waiting() {
		c.deliver(joined(c, nil, asyncops.Completed))
		return Done
	}
	c.async, c.byAsync = true, true
	c.awaitGroup(in)
	return Suspended
}

func (c *Ctx) awaitGroup(in *instr) {
	limit := in.x.timeout
	if limit <= 0 {
		limit = noLimit
	}
	c.op, c.fin, c.timeout = &c.group.ops, joined, max(limit-c.group.rounds, time.Millisecond)
}

// joined is the Finish of an async_all: that of each operation, in the order of writing.
// Some may have to wait once more. The value is 1 if all are positive, else the first
// that is not.
func joined(c *Ctx, _ asyncops.Op, out asyncops.Outcome) Ret {
	g := c.group
	g.rounds += g.ops.Ended()
	again := false
	for i := range g.calls {
		if x := &g.calls[i]; x.fin != nil {
			again = g.finish(c, x, out) || again
		}
	}
	if again {
		f := &c.frames[len(c.frames)-1]
		c.awaitGroup(&c.prog.routes[f.route].code[f.pc])
		return Waiting
	}
	return g.value()
}

// finish takes the result of an operation. True: it is followed by another one. When the
// time is over none is begun any more.
func (g *group) finish(c *Ctx, x *groupCall, all asyncops.Outcome) (again bool) {
	fin, over := x.fin, all != asyncops.Completed && g.ops.Cut()
	x.fin, x.out = nil, g.ops.Outcome(x.op, all)
	x.v = fin(c, g.ops.Op(x.op), x.out)
	for n := 0; x.v == Waiting; n++ {
		op, next, limit := c.op, c.fin, c.memberLimit(x.in)
		c.op, c.fin, c.timeout = nil, nil, 0
		switch {
		case !over:
			g.ops.Again(x.op, op, limit)
			x.fin = next
			return true
		case n == maxFinishes:
			x.v = -1
		default:
			x.out = all
			x.v = next(c, op, all)
		}
	}
	if x.out == asyncops.Cancelled {
		x.v = -1
	}
	return false
}

// maxFinishes is how often an operation that is not begun any more is asked for its value.
const maxFinishes = 8

func (g *group) value() Ret {
	for i := range g.calls {
		if v := g.calls[i].v; v <= 0 {
			return v
		}
	}
	return 1
}

// dropGroup ends an async_all that is left before its operations have begun: they are
// freed.
func (c *Ctx) dropGroup() {
	g := c.group
	c.group = nil
	for i := range g.calls {
		if x := &g.calls[i]; x.fin != nil {
			x.fin(c, g.ops.Op(x.op), asyncops.Cancelled)
			c.op, c.fin = nil, nil
		}
	}
	c.pool.putGroup(g)
}

// endGroup keeps what $async.* tells of a group whose operations have all ended.
func (c *Ctx) endGroup(f *frame, in *instr, v Ret) {
	g := c.group
	c.group = nil
	c.noteGroup(g, v)
	c.traceGroup(g)
	c.pool.putGroup(g)
	c.set(int32(v))
	f.pc = in.t
}

// traceGroup tells of each call how it has ended.
func (c *Ctx) traceGroup(g *group) {
	if c.trace == nil {
		return
	}
	f := &c.frames[len(c.frames)-1]
	r := &c.prog.routes[f.route]
	for i := range g.calls {
		x := &g.calls[i]
		if n := r.notes[x.pc]; n != nil && x.op >= 0 {
			s := &Step{Kind: StepResume, Top: c.trace.top, Route: r.full, Depth: len(c.frames) - 1, Line: int(n.at.Line), Name: n.name, Text: n.text}
			s.File, s.Result = x.in.x.file(), strconv.Itoa(int(x.v))
			for _, v := range n.vars {
				text := v.text(c)
				s.Vars = append(s.Vars, Reading{v.name, text, text})
			}
			c.trace.to.Step(c, s)
		}
	}
}

func (p *Pool) getGroup() *group {
	n := len(p.groups)
	if n == 0 {
		return new(group)
	}
	g := p.groups[n-1]
	p.groups = p.groups[:n-1]
	return g
}

func (p *Pool) putGroup(g *group) {
	g.ops.Reset()
	clear(g.calls)
	*g = group{ops: g.ops, calls: g.calls[:0]}
	p.groups = append(p.groups, g)
}
