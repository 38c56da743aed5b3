package check

import (
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// allowed checks a call inside of a route[...] block: it must be allowed in
// request routes, whatever else calls the block.
func (c *checker) allowed(x *syntax.Call) {
	if f := c.r.Funcs[x.Name]; f != nil && c.route.Kind == syntax.RequestRoute && f.In&script.R == 0 {
		c.refuse(x, f, title(c.route))
	}
}

func (c *checker) refuse(x *syntax.Call, f *script.Func, where string) {
	if c.refused[x] {
		return
	}
	c.refused[x] = true
	c.errorf(x.Span, "it is allowed in "+routesText(f.In), "%s cannot be called in %s", x.Name, where)
}

// routesText lists a set of route kinds.
func routesText(in script.Routes) string {
	var kinds []string
	for k := syntax.RouteKind(0); k < syntax.NRouteKinds; k++ {
		if in&script.In(k) != 0 {
			kinds = append(kinds, k.String())
		}
	}
	return strings.Join(kinds, ", ")
}

// permissions walks every route that is not a request route, and the route[x]
// blocks it can reach by constant names: their calls must be allowed there too.
// Calls inside of async and launch are exempt.
func (c *checker) permissions() {
	for _, top := range c.cfg.Routes {
		if top.Kind != syntax.RequestRoute {
			w := &permitWalk{c: c, top: top, seen: map[*syntax.Route]bool{}}
			w.walk(top)
		}
	}
}

type permitWalk struct {
	c    *checker
	top  *syntax.Route
	seen map[*syntax.Route]bool
}

func (w *permitWalk) walk(r *syntax.Route) {
	if w.seen[r] {
		return
	}
	w.seen[r] = true
	where := title(w.top)
	if r != w.top {
		where += ", which calls " + title(r)
	}
	syntax.Walk(r, func(n any) bool {
		switch n := n.(type) {
		case *syntax.Async, *syntax.Launch:
			return false
		case *syntax.Call:
			if f := w.c.r.Funcs[n.Name]; f != nil && f.In&script.In(w.top.Kind) == 0 {
				w.c.refuse(n, f, where)
			}
		case *syntax.RouteCall:
			if name, ok := n.Name.(*syntax.StrLit); ok && name.Static {
				if next := w.c.routes[routeKey{syntax.RequestRoute, name.Value}]; next != nil {
					w.walk(next)
				}
			}
		}
		return true
	})
}
