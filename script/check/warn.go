package check

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// warn looks for what is legal but hardly meant. It says nothing about what scripts
// customarily do: a warning that is wrong is worse than none.
func (c *checker) warn() {
	for _, r := range c.cfg.Routes {
		syntax.Walk(r, func(n any) bool {
			switch n := n.(type) {
			case *syntax.Block:
				c.unreachable(n.Stmts)
			case *syntax.Case:
				c.unreachable(n.Body)
			}
			return true
		})
		c.unused(r)
		c.repliesOf(r)
		c.waitsOf(r)
		c.ignoredResults(r)
	}
	c.neverSet()
}

// unreachable warns about the first statement after one that never goes on.
func (c *checker) unreachable(list []syntax.Stmt) {
	for i, s := range list[:max(len(list)-1, 0)] {
		word := c.ends(s)
		if word == "" {
			continue
		}
		for _, next := range list[i+1:] {
			if _, ok := next.(*syntax.Break); ok && word != "break" {
				continue // the customary exit; break;
			}
			if b, ok := next.(*syntax.Block); ok && len(b.Stmts) == 0 {
				continue
			}
			c.d.Add(syntax.Warning, next.At(), "this is never reached, because of the "+word+" before it", "")
			break
		}
		return
	}
}

// ends returns the word by which s leaves its block for certain, or "".
func (c *checker) ends(s syntax.Stmt) string {
	switch s := s.(type) {
	case *syntax.Exit:
		return "exit"
	case *syntax.Drop:
		return "drop"
	case *syntax.Return:
		return "return"
	case *syntax.Break:
		return "break"
	case *syntax.Async:
		if s.All || !c.mayGoOn(s) {
			return s.Word()
		}
	case *syntax.Block:
		for _, inner := range s.Stmts {
			if word := c.ends(inner); word != "" {
				return word
			}
		}
	case *syntax.If:
		if s.Else != nil && c.ends(s.Then) != "" {
			return c.ends(s.Else)
		}
	}
	return ""
}

// mayGoOn reports whether the statement after s can be reached: it is when an
// argument read from a variable turns out to be NULL or of the wrong kind.
func (c *checker) mayGoOn(s *syntax.Async) bool {
	for _, call := range s.Calls {
		f := c.r.Funcs[call.Name]
		for i, a := range call.Args {
			if _, ok := a.(*syntax.Var); !ok || i >= len(f.Params) {
				continue
			}
			switch f.Params[i].Kind {
			case script.ParamInt, script.ParamStr, script.ParamRegex, script.ParamRoute:
				return true
			}
		}
	}
	return false
}

// unused warns about a route that is only run when it is named, and never is.
// Modules may be given route names as parameters.
func (c *checker) unused(r *syntax.Route) {
	switch r.Kind {
	case syntax.RequestRoute, syntax.FailureRoute, syntax.OnReplyRoute, syntax.BranchRoute:
	default:
		return
	}
	if r.Name == "" || c.dynamic[r.Kind] || c.used[routeKey{r.Kind, r.Name}] || c.cfg.Partial {
		return
	}
	for _, p := range c.cfg.Params {
		if lit, ok := p.Value.(*syntax.StrLit); ok && lit.Value == r.Name {
			return
		}
	}
	c.d.Add(syntax.Warning, r.NameSpan, title(r)+" is never used", "")
}
