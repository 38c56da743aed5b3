package script

import (
	"bytes"
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
)

// A ValueFinish turns an ended operation into the value of the variable or the
// transformation that waited for it. It must be a plain function.
type ValueFinish func(c *Ctx, op asyncops.Op, out asyncops.Outcome) Value

// asks is what a run keeps for the variables and transformations that wait. Such a
// run stays on the instruction that needs the value, and evaluates it once more when
// the answer is there; the answers of earlier evaluations are found again by what was
// asked, and so are the lines that they logged.
type asks struct {
	answers []answer
	pending question
	fin     ValueFinish // of the pending question; nil: there is none
	again   bool        // the next evaluation is not the instruction's first
	logged  int         // lines written by earlier evaluations
	logs    int         // lines of this one
}

// A question is a variable or a transformation with all that its value depends on.
type question struct {
	v    *Var
	a    Arg
	def  *TransformDef
	in   Value
	args []Value
}

type answer struct {
	q question
	v Value
}

// AwaitValue is Await for the Get of a variable and the Fn of a transformation that
// declare Waits: the run is suspended until op has ended, then fin makes the value.
// They return what AwaitValue returns. Limit is the time limit, 0 for the default.
func (c *Ctx) AwaitValue(op asyncops.Op, fin ValueFinish, limit time.Duration) Value {
	if !c.asking || c.wanting {
		panic("BUG: AwaitValue in what does not declare Waits")
	}
	c.op, c.fin, c.timeout, c.byAsync = op, nil, limit, false
	c.asks.fin = fin
	c.wanting = true
	return Null
}

// evaluate carries out an instruction that may have to wait for a value. If it has to,
// all is as if the instruction had not begun.
func (c *Ctx) evaluate(f *frame, in *instr) Outcome {
	pc, rc, val := f.pc, c.rc, c.val
	c.beginAsking()
	out := c.step(f, in)
	c.asking = false
	if !c.wanting {
		return out
	}
	c.wanting = false
	f.pc, c.rc, c.val = pc, rc, val
	return Suspended
}

func (c *Ctx) beginAsking() {
	c.asking = true
	if c.asks == nil {
		c.asks = new(asks)
	}
	c.asks.begin()
}

func (q *asks) begin() {
	if !q.again {
		q.forget()
	}
	q.again, q.logs = false, 0
}

func (q *asks) forget() {
	clear(q.answers)
	*q = asks{answers: q.answers[:0]}
}

// answered takes the value that a run waited for, and evaluates once more.
func (c *Ctx) answered(op asyncops.Op, out asyncops.Outcome) Outcome {
	q := c.asks
	fin := q.fin
	q.fin = nil
	c.asking = true
	v := fin(c, op, out)
	c.asking = false
	if c.wanting { // fin asks for more
		c.wanting = false
		return Suspended
	}
	q.answers = append(q.answers, answer{q.pending, c.own(v)})
	q.pending, q.again = question{}, true
	return c.run()
}

// own copies what v points to, which may not live until the next evaluation.
func (c *Ctx) own(v Value) Value {
	if v.Kind == StrKind {
		v.Str = c.Copy(v.Str)
	}
	return v
}

// ask answers q from what is known, else asks.
func (c *Ctx) ask(q question) Value {
	switch {
	case c.wanting:
		return Null
	case c.asks != nil:
		for i := range c.asks.answers {
			if c.asks.answers[i].q.is(&q) {
				return c.asks.answers[i].v
			}
		}
	}
	if !c.asking {
		c.LogError("core: %s cannot be waited for here: NULL", q.name())
		return Null
	}
	p := &c.asks.pending
	*p = q
	p.keep(c)
	v := p.get(c)
	if c.wanting {
		return Null
	}
	v = c.own(v)
	c.asks.answers = append(c.asks.answers, answer{*p, v})
	return v
}

func (q *question) get(c *Ctx) Value {
	if q.v != nil {
		return q.v.Get(c, &q.a)
	}
	return q.def.Fn(c, q.in, q.args)
}

func (q *question) name() string {
	if q.v != nil {
		return "$" + q.v.Name
	}
	return "{" + q.def.Class + "." + q.def.Name + "}"
}

// keep copies what q points to.
func (q *question) keep(c *Ctx) {
	if q.v != nil && q.a.Name != nil {
		q.a.Name = c.Copy(q.a.Name)
	}
	q.in = c.own(q.in)
	q.args = slices.Clone(q.args)
	for i := range q.args {
		q.args[i] = c.own(q.args[i])
	}
}

// is reports that q asks the same as p.
func (q *question) is(p *question) bool {
	return q.v == p.v && q.def == p.def && q.a.Index == p.a.Index && q.a.Has == p.a.Has && q.a.All == p.a.All &&
		q.a.Context == p.a.Context && bytes.Equal(q.a.Name, p.a.Name) && same(q.in, p.in) && slices.EqualFunc(q.args, p.args, same)
}

func same(a, b Value) bool { return a.Kind == b.Kind && a.Int == b.Int && bytes.Equal(a.Str, b.Str) }

// repeated reports that an earlier evaluation has written this line, or that this one
// goes on with a value that is not there yet.
func (c *Ctx) repeated() bool {
	if c.wanting {
		return true
	}
	q := c.asks
	q.logs++
	if q.logs <= q.logged {
		return true
	}
	q.logged = q.logs
	return false
}

// waits reports that reading x may have to wait.
func (x *varExpr) waits() bool {
	return x.v.Waits || x.name.waits() || x.index != nil && x.index.waits() ||
		slices.ContainsFunc(x.trs, func(t transform) bool {
			return t.def.Waits || t.def.nests || slices.ContainsFunc(t.args, (*format).waits)
		})
}

func (f *format) waits() bool {
	return f != nil && slices.ContainsFunc(f.parts, func(p part) bool { return p.x != nil && p.x.waits() })
}
