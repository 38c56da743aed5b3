package check

import (
	"strings"
	"time"

	"github.com/fastsips/fastsips/script/syntax"
)

func (c *checker) stmt(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.Block:
		c.stmts(s.Stmts)
	case *syntax.If:
		c.condition(s.Cond)
		c.stmt(s.Then)
		c.stmt(s.Else)
	case *syntax.While:
		c.condition(s.Cond)
		c.stmt(s.Body)
	case *syntax.ForEach:
		c.forEach(s)
	case *syntax.Switch:
		c.switchStmt(s)
	case *syntax.Return:
		c.returnStmt(s)
	case *syntax.Assert:
		c.condition(s.Cond)
	case *syntax.Assign:
		c.assign(s)
	case *syntax.ExprStmt:
		c.condition(s.X)
	case *syntax.Async:
		c.async(s)
	case *syntax.Launch:
		c.launch(s)
	}
}

func (c *checker) stmts(list []syntax.Stmt) {
	for _, s := range list {
		c.stmt(s)
	}
}

func (c *checker) forEach(s *syntax.ForEach) {
	if s.Iter != nil {
		c.writable(s.Iter)
	}
	if v := s.Coll; v != nil && c.variable(v) && (v.Index == nil || !v.Index.All) {
		c.errorf(v.Span, "write $("+v.Name+"(name)[*])", "the collection of for needs the index [*]")
	}
	c.stmt(s.Body)
}

func (c *checker) switchStmt(s *syntax.Switch) {
	if s.Operand != nil {
		c.variable(s.Operand)
	}
	seen := map[any]bool{}
	for _, k := range s.Cases {
		c.caseLabel(k, seen)
		c.stmts(k.Body)
	}
}

// caseLabel reports a label that an earlier one hides. Strings are compared
// without case.
func (c *checker) caseLabel(k *syntax.Case, seen map[any]bool) {
	var key any
	switch x := k.Label.(type) {
	case *syntax.NumLit:
		key = x.Value
	case *syntax.StrLit:
		key = strings.ToLower(x.Value)
	default:
		return
	}
	if seen[key] {
		c.d.Add(syntax.Warning, k.Label.At(), "this label was used above: the first one is taken", "")
	}
	seen[key] = true
}

func (c *checker) returnStmt(s *syntax.Return) {
	for i, x := range s.Values {
		switch x := x.(type) {
		case nil:
			c.errorf(s.Span, "", "return has an empty value")
		case *syntax.StrLit:
			if i == 0 && !x.Broken {
				c.errorf(x.Span, "further values may be strings: return(1, \"text\")", "the code of return must be a number or a variable")
				continue
			}
			c.format(x)
		case *syntax.Null:
			if i == 0 {
				c.errorf(x.Span, "", "the code of return must be a number or a variable")
			}
		default:
			c.plain(x)
		}
	}
}

func (c *checker) assign(s *syntax.Assign) {
	c.writable(s.Var)
	switch x := s.Value.(type) {
	case *syntax.Null:
		if s.Op != "=" && s.Op != ":=" {
			c.errorf(x.Span, "", "NULL can only be assigned with = and :=")
		}
	default:
		c.value(x)
	}
}

// async checks both forms. What is called inside may be called from any route.
func (c *checker) async(s *syntax.Async) {
	c.needsTM(s.Span, "async")
	for _, f := range s.Calls {
		c.call(f)
	}
	if s.Resume != nil {
		c.routeNamed(syntax.RequestRoute, s.Resume.Name, s.Resume.Span)
	}
	c.timeout(s.Timeout)
}

func (c *checker) launch(s *syntax.Launch) {
	c.needsTM(s.Span, "launch")
	if s.Call != nil {
		c.call(s.Call)
	}
	if s.Report != nil {
		c.routeNamed(syntax.RequestRoute, s.Report.Name, s.Report.Span)
	}
	if s.Param != nil {
		c.plain(s.Param)
	}
	c.timeout(s.Timeout)
}

func (c *checker) needsTM(at syntax.Span, what string) {
	if !c.r.Modules["tm"] && !c.cfg.Partial {
		c.errorf(at, `add loadmodule "tm.so"`, "%s needs the tm module", what)
	}
}

func (c *checker) timeout(x syntax.Expr) {
	lit, ok := x.(*syntax.StrLit)
	if !ok || lit.Broken {
		return
	}
	if t, err := time.ParseDuration(lit.Value); err != nil || t < 0 {
		c.errorf(lit.Span, `write seconds, or a string such as "250ms"`, "%q is not a timeout", lit.Value)
	}
}
