package script

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

const errorRoute = syntax.ErrorRoute

// ready is asked by every function after its arguments have been evaluated; ok
// says that they were all there. 0 means that it may run.
//
// That is the moment at which an async statement begins: if an argument is NULL
// or of the wrong kind, no transaction is made for it.
func (c *Ctx) ready(ok bool) Ret {
	if ok && !c.starting && !c.asking {
		return 0
	}
	return c.beginAsync(ok)
}

func (c *Ctx) beginAsync(ok bool) Ret {
	if c.wanting {
		return unanswered
	}
	c.asking = false
	if !ok {
		return badArg
	}
	if !c.starting {
		return 0
	}
	c.starting = false
	switch c.host.BeginAsync(c) {
	case AsyncEnd:
		return asyncEnded
	case AsyncFail:
		return asyncLost
	}
	return 0
}

// deliverAsync goes on inside an async statement. The value 0 does not end the
// run there: the resume route gets it as $rc.
func (c *Ctx) deliverAsync(f *frame, in *instr, v Ret) {
	switch v {
	case badArg: // the resume route does not run either
		c.Log(levelErr, in.x.text)
		c.set(-1)
		f.pc = in.f
	case asyncEnded:
		c.end(0)
	case asyncLost:
		c.set(-1)
		c.jumpTo(in.n)
	default:
		c.set(int32(v))
		f.pc = in.t
		if c.exiting {
			c.end(0)
		}
	}
}

// launch starts a function whose end is awaited on a run of its own.
func (c *Ctx) launch(in *instr) {
	x := Launched{Name: in.x.name, Report: in.n}
	if in.x.param != nil {
		v, _ := in.x.param(c)
		x.Param = v.kept()
	}
	v := in.call(c)
	switch v {
	case unanswered:
		return
	case badArg:
		c.Log(levelErr, in.x.text)
		v = -1
	case Waiting:
		x.Op, x.Finish, x.Limit = c.op, c.fin, shorter(c.timeout, in.x.timeout)
		c.op, c.fin, c.timeout = nil, nil, 0
		v = c.host.Launch(c, x)
	default:
		v = c.host.LaunchDone(c, x, v)
	}
	if v == 0 { // the script goes on behind a launch, whatever became of it
		v = 1
	}
	c.set(int32(v))
}

// shorter returns the shorter of two time limits, of which 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// Expect makes a fresh run that of the report route of a launch: it waits for x.Op, and
// goes on by Resume.
func (c *Ctx) Expect(x Launched) {
	c.report, c.after = true, x.Report
	c.op, c.fin, c.timeout = x.Op, x.Finish, x.Limit
	if c.prog.notes {
		c.openNote(x.Name)
	}
}

// ReportRoute returns the name of the report route that the run is for; false: it is
// for none.
func (c *Ctx) ReportRoute() (name string, ok bool) {
	if !c.report || c.after < 0 {
		return "", false
	}
	return c.prog.RouteName(c.after), true
}

// StartReport starts the report route of a launched function that had nothing to wait for,
// in a fresh run; rc is its value.
func (c *Ctx) StartReport(x Launched, rc Ret) Outcome {
	c.after = x.Report
	if c.prog.notes {
		c.openNote(x.Name)
		c.noteEnd(rc, asyncops.Completed, false)
	}
	return c.startReport(rc)
}

func (c *Ctx) startReport(v Ret) Outcome {
	c.report = false
	c.rc, c.value = int32(v), int32(v)
	if c.after < 0 {
		return Done
	}
	return c.Start(c.after, syntax.RequestRoute)
}
