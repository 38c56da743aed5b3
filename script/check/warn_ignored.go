package check

import (
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

// decisive are functions that say by their value whether the request has somewhere to go:
// to send it on without a look at that is hardly meant.
var decisive = map[string]bool{
	"lookup": true, "ds_select_dst": true, "ds_select_domain": true, "load_balance": true, "do_routing": true, "route_to_gw": true,
	"sql_query": true, "sql_query_one": true, "sql_select": true, "sql_select_one": true, "rest_get": true, "rest_post": true, "rest_put": true,
}

// ignoredResults warns where the value of such a function is not looked at, nor what it
// writes, before the request is sent on in the same list of statements.
func (c *checker) ignoredResults(r *syntax.Route) {
	syntax.Walk(r, func(n any) bool {
		switch n := n.(type) {
		case *syntax.Block:
			c.ignoredIn(n.Stmts)
		case *syntax.Case:
			c.ignoredIn(n.Body)
		}
		return true
	})
}

func (c *checker) ignoredIn(list []syntax.Stmt) {
	for i, s := range list {
		x, ok := s.(*syntax.ExprStmt)
		if !ok {
			continue
		}
		call, ok := x.X.(*syntax.Call)
		if ok && decisive[call.Name] {
			c.ignored(call, list[i+1:])
		}
	}
}

func (c *checker) ignored(call *syntax.Call, rest []syntax.Stmt) {
	for _, s := range rest {
		if mentions(s, call) {
			return
		}
		next, on := passes(s)
		if next != nil && relayFuncs[next.Name] {
			c.d.Add(syntax.Warning, call.Span, fmt.Sprintf("nothing looks at the result of %s before %s in line %d", call.Name, next.Name, next.Line),
				"write if (!"+call.Name+"(...)) { ... exit; }, or look at $rc")
			return
		}
		if !on {
			return
		}
	}
}

// mentions reports whether s reads $rc or a variable that was given to a call.
func mentions(s syntax.Stmt, call *syntax.Call) bool {
	given := map[string]bool{"rc": true, "retcode": true}
	for _, a := range call.Args {
		syntax.Walk(a, func(n any) bool {
			if v, ok := n.(*syntax.Var); ok {
				given[spelt(v)] = true
			}
			return true
		})
	}
	found := false
	syntax.Walk(s, func(n any) bool {
		if v, ok := n.(*syntax.Var); ok {
			found = found || given[spelt(v)]
		}
		return !found
	})
	return found
}

// spelt names a variable.
func spelt(v *syntax.Var) string {
	name := v.Name
	for _, p := range v.Inner {
		name += "(" + p.Text
	}
	return name
}
