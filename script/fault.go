package script

import "github.com/fastsips/fastsips/script/syntax"

// Classes and levels of a Fault, by OpenSIPS's numbers.
const (
	FaultParser int32 = 1 // a message, or a part of it, that cannot be parsed
	FaultAssert int32 = 4 // a failed assert

	FaultCritical int32 = 1
	FaultMedium   int32 = 3
)

// A Fault is what error_route reads in $err.class, $err.level, $err.info, $err.rcode and
// $err.rreason: what went wrong, and the reply that tells of it.
type Fault struct {
	Class, Level int32
	Info         string
	Code         int32
	Reason       string
}

// ParseFault returns the Fault of a part of a message that cannot be parsed.
func ParseFault(info string, code int32, reason string) Fault {
	return Fault{FaultParser, FaultMedium, info, code, reason}
}

// Fail records a fault: error_route, if there is one, runs behind the statement at hand,
// and then the script goes on. Faults that meet another one, in error_route itself and in
// reply and local routes are not heard.
func (c *Ctx) Fail(f Fault) {
	if c.prog.onError < 0 || c.kind == syntax.OnReplyRoute || c.kind == syntax.LocalRoute || c.kind == errorRoute {
		return
	}
	if c.fault == nil {
		c.fault = new(faultRun)
	}
	if c.fault.stage == noFault || c.fault.stage == faultLeft {
		*c.fault = faultRun{Fault: f, stage: faultRecorded}
		c.alarm()
	}
}

// A faultRun is a fault and the run of error_route that it has.
type faultRun struct {
	Fault
	stage faultStage
	kind  syntax.RouteKind // of the run otherwise
	frame int              // that of error_route
	val   int32            // what the run goes on with
	over  bool             // nothing: it is over behind error_route
}

type faultStage uint8

const (
	noFault       faultStage = iota
	faultRecorded            // error_route is to run
	faultRunning             // it runs
	faultLeft                // async has left it: the resume route still reads $err
)

// runErrorRoute puts error_route on top of the routes of the run.
func (c *Ctx) runErrorRoute() {
	x := c.fault
	x.stage, x.kind, x.frame, x.val = faultRunning, c.kind, len(c.frames), c.val
	c.kind, c.val = errorRoute, 1
	c.push(c.prog.onError, int32(len(c.params)), 0)
}

// inErrorRoute reports that the innermost route is the error_route of a fault.
func (c *Ctx) inErrorRoute() bool {
	return c.fault != nil && c.fault.stage == faultRunning && len(c.frames) == c.fault.frame+1
}

// leaveErrorRoute goes on where the fault was met. Its value does not matter.
func (c *Ctx) leaveErrorRoute() {
	x := c.fault
	over := x.over
	c.regs = c.regs[:c.frames[x.frame].regs]
	c.frames = c.frames[:x.frame]
	c.val = x.val
	c.forgetFault()
	if over {
		c.end(c.value)
	}
}

// forgetFault ends a fault; what comes next is of the run's own kind.
func (c *Ctx) forgetFault() {
	if c.fault.stage == faultRunning {
		c.kind = c.fault.kind
	}
	*c.fault = faultRun{}
}

// leaveFault is for async in an error_route: what comes next is of the run's own kind,
// too, but reads of the fault what it was.
func (c *Ctx) leaveFault() {
	if c.fault != nil && c.fault.stage == faultRunning {
		c.kind = c.fault.kind
		*c.fault = faultRun{Fault: c.fault.Fault, stage: faultLeft}
	}
}

// failAssert logs, runs error_route, and ends the script.
func (c *Ctx) failAssert(in *instr) {
	c.Log(levelCrit, in.x.text)
	c.abortIfAsked(in.x.text)
	if c.prog.onError < 0 || c.kind == errorRoute {
		c.end(0)
		return
	}
	if c.fault == nil {
		c.fault = new(faultRun)
	}
	*c.fault = faultRun{Fault: Fault{FaultAssert, FaultCritical, "assertion failed", 500, "server error"}, over: true}
	c.value = 0
	c.runErrorRoute()
}

// faultVars are $err.*.
func faultVars() []*Var {
	number := func(name, doc string, of func(*Fault) int32) *Var {
		return &Var{Name: name, Doc: doc, Get: func(c *Ctx, _ *Arg) Value {
			if c.fault == nil || c.fault.stage == noFault {
				return Null
			}
			return IntValue(of(&c.fault.Fault))
		}}
	}
	text := func(name, doc string, of func(*Fault) string) *Var {
		return &Var{Name: name, Doc: doc, Get: func(c *Ctx, _ *Arg) Value {
			if c.fault == nil || c.fault.stage == noFault {
				return Null
			}
			return StrValue(c.copyString(of(&c.fault.Fault)))
		}}
	}
	return []*Var{
		number("err.class", "class of the error that error_route is about: 1 parsing, 4 a failed assert", func(f *Fault) int32 { return f.Class }),
		number("err.level", "its severity: 1 critical, 3 medium", func(f *Fault) int32 { return f.Level }),
		text("err.info", "what it is", func(f *Fault) string { return f.Info }),
		number("err.rcode", "status of the reply that tells of it", func(f *Fault) int32 { return f.Code }),
		text("err.rreason", "reason phrase of that reply", func(f *Fault) string { return f.Reason }),
	}
}

// StartFault is Start for a message that is broken: error_route runs instead of a main
// route.
func (c *Ctx) StartFault(f Fault) Outcome {
	c.fault = &faultRun{Fault: f, stage: faultRunning, kind: errorRoute}
	return c.Start(c.prog.onError, errorRoute)
}
