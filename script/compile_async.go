package script

import (
	"strings"
	"time"

	"github.com/fastsips/fastsips/script/syntax"
)

// asyncStmt compiles async: the calls in order, then the resume route. A call whose
// variable argument is not there skips all of it.
func (c *compiler) asyncStmt(s *syntax.Async) {
	c.prog.async = true
	resume := c.resumeRoute(s.Resume)
	if resume < 0 {
		return
	}
	limit := c.timeout(s.Timeout)
	if s.All {
		c.asyncAll(s, resume, limit)
		return
	}
	skip := c.newLabel()
	for i, x := range s.Calls {
		_, run := c.bind(x)
		if run == nil {
			continue
		}
		d := callDetail(x)
		d.timeout = limit
		c.note(StepCall, x.Name, x.Pos, "async: "+syntax.Text(x), x)
		c.emit(instr{op: opAsync, first: i == 0, call: run, n: resume, t: int32(next), f: int32(skip), e: int32(next), x: d})
	}
	if len(s.Calls) == 0 {
		c.error(s.Span, "async needs a function to run", "")
	}
	c.resume(s, resume)
	c.place(skip)
}

// asyncAll compiles async_all: the calls in order, each of which has its value or an
// operation that waits; then all are waited for.
func (c *compiler) asyncAll(s *syntax.Async, resume int32, limit time.Duration) {
	c.emit(instr{op: opGroup, t: int32(next), f: int32(next), e: int32(next)})
	names := make([]string, 0, len(s.Calls))
	for _, x := range s.Calls {
		_, run := c.bind(x)
		if run == nil {
			continue
		}
		d := callDetail(x)
		d.timeout = limit
		names = append(names, x.Name)
		c.note(StepOther, x.Name, x.Pos, "async_all: "+syntax.Text(x), x)
		c.emit(instr{op: opMember, call: run, n: resume, t: int32(next), f: int32(next), e: int32(next), x: d})
	}
	if len(s.Calls) == 0 {
		c.error(s.Span, "async_all needs functions to run", "")
	}
	c.note(StepCall, "async_all", s.Pos, "async_all: "+strings.Join(names, ", "))
	c.emit(instr{op: opJoin, t: int32(next), f: int32(next), e: int32(next), x: &detail{name: "async_all", at: s.Pos, timeout: limit}})
	c.resume(s, resume)
}

// resume ends the routes at hand and goes on in another.
func (c *compiler) resume(s *syntax.Async, route int32) {
	c.note(StepRoute, "async", s.Pos, "goes on in route["+c.prog.routes[route].name+"]")
	c.emit(instr{op: opResume, n: route, t: int32(next), f: int32(next), e: int32(next)})
}

// resumeRoute finds the route that async or launch goes on in; -1 and an error
// if there is none.
func (c *compiler) resumeRoute(r *syntax.RouteRef) int32 {
	if r == nil {
		c.error(syntax.Span{}, "the route to go on in is missing", "")
		return -1
	}
	id := c.prog.Route(syntax.RequestRoute, r.Name)
	if id < 0 || r.Name == "" {
		c.error(r.Span, "there is no route["+r.Name+"]", "")
		return -1
	}
	return id
}

// timeout reads the time limit of an async: seconds, or a string such as "250ms".
func (c *compiler) timeout(x syntax.Expr) time.Duration {
	switch x := x.(type) {
	case nil:
	case *syntax.NumLit:
		if x.Value >= 0 {
			return time.Duration(x.Value) * time.Second
		}
		c.error(x.Span, "the time limit must not be negative", "")
	case *syntax.StrLit:
		d, err := time.ParseDuration(x.Value)
		if err == nil && d >= 0 {
			return d
		}
		c.error(x.Span, "the time limit must be seconds, or a string such as \"250ms\"", "")
	default:
		c.error(x.At(), "the time limit must be seconds, or a string such as \"250ms\"", "")
	}
	return 0
}

func (c *compiler) launchStmt(s *syntax.Launch) {
	_, run := c.bind(s.Call)
	if run == nil {
		return
	}
	report := int32(-1)
	if s.Report != nil {
		report = c.resumeRoute(s.Report)
	}
	d := callDetail(s.Call)
	d.timeout = c.timeout(s.Timeout)
	if s.Param != nil {
		d.param = c.expr(s.Param)
	}
	c.note(StepOther, "launch", s.Pos, "launch("+syntax.Text(s.Call)+")", s.Call, s.Param)
	c.emit(instr{op: opLaunch, call: run, n: report, x: d})
}
