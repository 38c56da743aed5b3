// Package check finds the mistakes in a configuration's script that need a
// registry: unknown names, wrong arguments, functions where they may not be
// called, routes that do not exist, writes to what is read-only.
//
// [Check] reports all of them at once, each at its place, with a suggestion where
// there is one, and nothing that the parser has reported already. When there are
// no errors it also warns about code that cannot be reached and routes that
// nothing calls. What typed parameters refuse beyond their kind is left to the
// compiler, which runs only on what passes here.
package check

import (
	"fmt"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Check adds to d what is wrong with cfg, given everything r declares.
// r.Known may also map variables, as "$name", and transformations, as
// "{class.name", of modules that are not loaded.
func Check(cfg *syntax.Config, r *script.Registry, d *syntax.Diags) {
	c := &checker{cfg: cfg, r: r, d: d, routes: map[routeKey]*syntax.Route{}, used: map[routeKey]bool{}, refused: map[*syntax.Call]bool{}}
	c.collect()
	for _, route := range cfg.Routes {
		c.route = route
		c.stmt(route.Body)
	}
	c.permissions()
	if d.Errors() == 0 {
		c.warn()
	}
}

// NamesUnknown reports whether the script names a function, variable or
// transformation that r does not have.
func NamesUnknown(cfg *syntax.Config, r *script.Registry) bool {
	unknown := false
	for _, route := range cfg.Routes {
		syntax.Walk(route, func(n any) bool {
			switch n := n.(type) {
			case *syntax.Call:
				unknown = unknown || r.Funcs[n.Name] == nil
			case *syntax.Var:
				unknown = unknown || r.Vars[n.Name] == nil
				for _, t := range n.Transforms {
					unknown = unknown || r.Transforms[t.Class+"."+t.Name] == nil
				}
			}
			return !unknown
		})
	}
	return unknown
}

type routeKey struct {
	kind syntax.RouteKind
	name string
}

// A checker is the state of one Check.
type checker struct {
	cfg     *syntax.Config
	r       *script.Registry
	d       *syntax.Diags
	route   *syntax.Route // being looked at
	routes  map[routeKey]*syntax.Route
	used    map[routeKey]bool
	dynamic [syntax.NRouteKinds]bool // routes of the kind are called by computed names
	refused map[*syntax.Call]bool    // reported as not allowed where they are
}

func (c *checker) errorf(at syntax.Span, hint, format string, args ...any) {
	c.d.Add(syntax.Error, at, fmt.Sprintf(format, args...), hint)
}

// suggest phrases the hint for an unknown name: the nearest one that exists, or
// the module that has it.
func suggest(near string) string {
	if near == "" {
		return ""
	}
	return "did you mean " + near + "?"
}

func (c *checker) missingModule(key string) string {
	if m := c.r.Known[key]; m != "" {
		return `loadmodule "` + m + `.so" is missing`
	}
	return ""
}

// collect notes all routes and reports names that are given twice.
func (c *checker) collect() {
	for _, r := range c.cfg.Routes {
		k := routeKey{r.Kind, r.Name}
		if first := c.routes[k]; first != nil {
			c.errorf(r.NameSpan, fmt.Sprintf("the first is at %s:%d", first.Src.Name, first.Line), "%s is defined twice", title(r))
			continue
		}
		c.routes[k] = r
	}
}

// title names a route as it is written.
func title(r *syntax.Route) string { return routeTitle(r.Kind, r.Name) }

func routeTitle(k syntax.RouteKind, name string) string {
	if name == "" {
		return k.String()
	}
	return k.String() + "[" + name + "]"
}

// routeNamed looks a constant route name up and marks it as used.
func (c *checker) routeNamed(kind syntax.RouteKind, name string, at syntax.Span) {
	k := routeKey{kind, name}
	c.used[k] = true
	if c.routes[k] != nil && name != "" || c.cfg.Partial {
		return
	}
	hint := suggest(syntax.Nearest(name, c.routeNames(kind)))
	for other := syntax.RouteKind(0); other < syntax.NRouteKinds && hint == "" && name != ""; other++ {
		if c.routes[routeKey{other, name}] != nil {
			hint = "there is " + routeTitle(other, name) + ", of another type"
		}
	}
	c.errorf(at, hint, "there is no %s[%s]", kind, name)
}

func (c *checker) routeNames(kind syntax.RouteKind) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range c.routes {
			if k.kind == kind && k.name != "" && !yield(k.name) {
				return
			}
		}
	}
}
