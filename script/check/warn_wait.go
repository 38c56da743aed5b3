package check

import (
	"github.com/fastsips/fastsips/script/syntax"
)

// waitsOf warns about an async or launch of what never waits, and about loops that do
// nothing but wait and look again.
func (c *checker) waitsOf(r *syntax.Route) {
	syntax.Walk(r, func(n any) bool {
		switch n := n.(type) {
		case *syntax.Async:
			if len(n.Calls) > 0 && n.Resume != nil && !c.anyWaits(n.Calls) {
				x := n.Calls[0]
				c.d.Add(syntax.Warning, x.Span, x.Name+" never waits: the route goes on at once", "call it without "+n.Word()+", and then route("+n.Resume.Name+")")
			}
		case *syntax.Launch:
			if n.Call != nil && !c.anyWaits([]*syntax.Call{n.Call}) {
				c.d.Add(syntax.Warning, n.Call.Span, n.Call.Name+" never waits: launch makes no difference", "call it without launch")
			}
		case *syntax.While:
			c.polls(n)
		}
		return true
	})
}

func (c *checker) anyWaits(calls []*syntax.Call) bool {
	for _, x := range calls {
		if f := c.r.Funcs[x.Name]; f == nil || f.Waits {
			return true
		}
	}
	return false
}

// sleeps are the functions that do nothing but let time pass.
var sleeps = map[string]bool{"sleep": true, "usleep": true}

// polls warns about a loop whose body only sleeps, reads and assigns: it asks again and
// again for what could wake it.
func (c *checker) polls(s *syntax.While) {
	slept, more := false, false
	syntax.Walk(s.Body, func(n any) bool {
		switch n := n.(type) {
		case *syntax.Call:
			if sleeps[n.Name] {
				slept = true
			} else if f := c.r.Funcs[n.Name]; f == nil || !f.Waits {
				more = true
			}
		case *syntax.RouteCall, *syntax.If, *syntax.Switch, *syntax.While, *syntax.ForEach, *syntax.Async, *syntax.Launch,
			*syntax.Exit, *syntax.Return, *syntax.Drop:
			more = true
		}
		return !more
	})
	if slept && !more {
		c.d.Add(syntax.Warning, s.Span, "this loop only sleeps and looks again", "let async() wait for what it looks for, with a timeout, and go on in the route that it resumes in")
	}
}
