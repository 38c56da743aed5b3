package script

import (
	"strconv"
	"strings"
)

// A Tracer is told what traced runs do, on the run's loop. It must not wait.
type Tracer interface {
	// Step tells of one statement, condition or call after it was carried out; of a
	// function that waits, when it begins to and when it has ended. The Tracer may keep s.
	Step(c *Ctx, s *Step)
}

// An Informed Tracer is asked before each step for what Step.Info is to be.
type Informed interface{ Info(c *Ctx) string }

// A StepKind says what a Step is.
type StepKind uint8

// The kinds.
const (
	StepBegin  StepKind = iota // the run itself
	StepCall                   // a function
	StepWait                   // a function has begun to wait
	StepResume                 // and has ended
	StepRoute                  // route(...): what is in it follows
	StepLeave                  // the end of a route, with its value
	StepTest                   // a condition, or an operand of && and ||
	StepAssign
	StepEnd   // of the run
	StepOther // exit, drop, switch, for, launch, assert
)

// A Step is one thing that a traced run did.
type Step struct {
	Kind   StepKind
	Top    string // the route that the run began with
	Route  string // route[found]
	Depth  int    // of route() calls, from 0
	File   string
	Line   int
	Name   string    // of the function, or the statement's keyword
	Text   string    // as it is written: $avp(x) = $rU
	Result string    // the value, or true or false; may be empty
	Vars   []Reading // the variables in it
	Info   string    // what the Tracer wanted to be told, see Informed
}

// A Reading is a variable, and its value before and after.
type Reading struct{ Name, Before, After string }

// String is the Step without its place:
//
//	$avp(x) = $rU -> 1  | $avp(x): <null> => bob, $rU: bob
func (s *Step) String() string {
	var b strings.Builder
	b.WriteString(s.Text)
	if s.Result != "" {
		b.WriteString(" -> " + s.Result)
	}
	sep := "  | "
	for _, r := range s.Vars {
		b.WriteString(sep + r.Name + ": " + r.Before)
		if r.After != r.Before {
			b.WriteString(" => " + r.After)
		}
		sep = ", "
	}
	return b.String()
}

// Trace tells t of everything that the run does from its next instruction on; nil
// ends that. A run that was put back is traced no more.
func (c *Ctx) Trace(t Tracer) {
	c.trace = nil
	if t != nil {
		c.trace = &tracing{to: t, begun: len(c.frames) > 0}
	}
	if c.steps < interruption {
		c.steps += interruption
	}
}

// A tracing is what a traced run has more than others.
type tracing struct {
	to       Tracer
	top      string
	begun    bool
	stepping bool // one instruction is to be carried out
}

// interruption, added to the count of steps, has the run loop look up from its work
// and be left for the other one.
const interruption = 1 << 40

// interrupted reports that there are not too many steps: the run loop is to be left,
// because the run is traced, or is no more, from the instruction at hand on.
func (c *Ctx) interrupted() bool {
	if c.steps >= interruption {
		c.steps -= interruption + 1 // the instruction at hand was counted
		return true
	}
	return c.trace != nil && c.trace.stepping
}

// runTraced is the run loop of a traced run: instruction by instruction.
func (c *Ctx) runTraced() Outcome {
	if t := c.trace; !t.begun {
		t.begun = true
		t.top = c.prog.routes[c.frames[0].route].full
		t.to.Step(c, &Step{Kind: StepBegin, Top: t.top, Route: t.top, Text: t.top, Name: kindNames[c.kind]})
	}
	for len(c.frames) > 0 {
		t := c.trace
		if t == nil {
			return stopped
		}
		if c.alert {
			if c.steps++; !c.attend() {
				return Done
			}
			continue
		}
		at := c.frames[len(c.frames)-1]
		s, n := c.beforeStep()
		out := c.stepOnce()
		if out == Suspended {
			s.Kind, s.Result = StepWait, "waits"
			t.to.Step(c, s)
			return out
		}
		if n != nil {
			n.after(c, s, &c.prog.routes[at.route].code[at.pc])
			t.to.Step(c, s)
		}
	}
	if t := c.trace; t != nil {
		t.to.Step(c, &Step{Kind: StepEnd, Top: t.top, Text: "end", Result: strconv.Itoa(int(c.value))})
	}
	return Done
}

// stepOnce carries out one instruction: the run loop is told that the limit is near.
func (c *Ctx) stepOnce() Outcome {
	t, steps := c.trace, c.steps
	if steps >= c.prog.maxSteps {
		return c.runOn() // it says so, and ends the run
	}
	t.stepping = true
	c.steps = c.prog.maxSteps - 1
	out := c.runOn()
	c.steps = steps + 1
	t.stepping = false
	if c.alert {
		c.steps += alarmed
	}
	return out
}
