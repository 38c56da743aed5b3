package script

import (
	"math"
	"time"

	"github.com/fastsips/fastsips/asyncops"
)

// A Clock is a Host that knows the time: nanoseconds of the loop's clock. Without it
// $async.time is 0.
type Clock interface{ Now(c *Ctx) int64 }

// opNotes is what $async.* tells: of the calls of the last statement that may wait, and
// of it as a whole.
type opNotes struct {
	calls []opNote
	whole opNote
	all   bool  // it is an async_all
	begun int64 // when the last call began, of the host's clock
}

// An opNote is one call that may wait, and how it has ended.
type opNote struct {
	name     string
	v        int32
	took     time.Duration
	timedOut bool
	open     bool // it has not
}

// asyncVars are $async.*. They are kept by runs of scripts that name one of them.
func asyncVars() []*Var {
	number := func(name, doc string, of func(*opNote) int32) *Var {
		return &Var{Name: name, Doc: doc, Indexed: true, notes: true, Get: func(c *Ctx, a *Arg) Value {
			if n := c.opNote(a); n != nil {
				return IntValue(of(n))
			}
			return Null
		}}
	}
	return []*Var{
		{Name: "async.op", Indexed: true, notes: true, Get: getAsyncOp,
			Doc: "name of the last function that may wait, async_all for a whole async_all; $(async.op[0]) is the first call of an async statement"},
		number("async.rc", "its value; $(async.rc[1]) is that of the second call in an async_all", func(n *opNote) int32 { return n.v }),
		number("async.time", "microseconds that it took, 0 if it had nothing to wait for; of an async_all as a whole, and of each call", func(n *opNote) int32 {
			return int32(min(n.took/time.Microsecond, math.MaxInt32))
		}),
		number("async.timeout", "1 if it was ended by its deadline, else 0; of a whole async_all 1 if any was", func(n *opNote) int32 {
			if n.timedOut {
				return 1
			}
			return 0
		}),
	}
}

func getAsyncOp(c *Ctx, a *Arg) Value {
	if n := c.opNote(a); n != nil {
		return StrValue(c.copyString(n.name))
	}
	return Null
}

// opNote finds the call that a means; nil if there is none, or it has not ended.
func (c *Ctx) opNote(a *Arg) *opNote {
	x := c.notes
	if x == nil || len(x.calls) == 0 {
		return nil
	}
	n := &x.calls[len(x.calls)-1]
	switch i := int(a.Index); {
	case !a.Has && x.all:
		n = &x.whole
	case !a.Has || a.All:
	case i < 0 && -i <= len(x.calls):
		n = &x.calls[len(x.calls)+i]
	case i >= 0 && i < len(x.calls):
		n = &x.calls[i]
	default:
		return nil
	}
	if n.open {
		return nil
	}
	return n
}

// noting reports whether the call at hand is one that $async.* is about.
func (c *Ctx) noting(in *instr) bool {
	return c.prog.notes && (in.op == opAsync || in.op == opCall && in.waits)
}

// noteCall begins the note of a call.
func (c *Ctx) noteCall(in *instr) {
	if in.op != opAsync || in.first {
		c.forgetOps()
	}
	c.openNote(in.x.name)
}

func (c *Ctx) openNote(name string) {
	if c.notes == nil {
		c.notes = new(opNotes)
	}
	c.notes.begun = c.now()
	c.notes.calls = append(c.notes.calls, opNote{name: name, open: true})
}

// noteEnd completes it.
func (c *Ctx) noteEnd(v Ret, out asyncops.Outcome, waited bool) {
	if c.notes == nil || len(c.notes.calls) == 0 {
		return
	}
	n := &c.notes.calls[len(c.notes.calls)-1]
	if !n.open {
		return
	}
	n.v, n.open = noted(v), false
	if waited {
		n.took, n.timedOut = time.Duration(c.now()-c.notes.begun), out == asyncops.TimedOut
	}
}

// noted is the value of a call as a script sees it.
func noted(v Ret) int32 {
	if v == badArg {
		return -1
	}
	return int32(v)
}

// noteGroup notes an async_all that has ended with v.
func (c *Ctx) noteGroup(g *group, v Ret) {
	if !c.prog.notes {
		return
	}
	if c.notes == nil {
		c.notes = new(opNotes)
	}
	x := c.notes
	x.all, x.whole = true, opNote{name: "async_all", v: int32(v), took: g.rounds}
	for i := range g.calls {
		m := &g.calls[i]
		n := opNote{name: m.in.x.name, v: noted(m.v), timedOut: m.out == asyncops.TimedOut}
		if m.op >= 0 {
			n.took = g.ops.Took(m.op)
		}
		x.whole.timedOut = x.whole.timedOut || n.timedOut
		x.calls = append(x.calls, n)
	}
}

// forgetOps begins the notes of another statement.
func (c *Ctx) forgetOps() {
	if c.notes != nil {
		*c.notes = opNotes{calls: c.notes.calls[:0]}
	}
}

func (c *Ctx) now() int64 {
	if t, ok := c.host.(Clock); ok {
		return t.Now(c)
	}
	return 0
}
