package check

import "github.com/fastsips/fastsips/script/syntax"

// condition checks what an if, while or statement evaluates for truth.
func (c *checker) condition(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Unary:
		c.condition(x.X)
	case *syntax.Binary:
		if x.Op == "&&" || x.Op == "||" {
			c.condition(x.X)
			c.condition(x.Y)
			return
		}
		c.compare(x)
	case *syntax.Bracket:
		c.value(x.X)
	case *syntax.Call:
		c.allowed(x)
		c.call(x)
	case *syntax.RouteCall:
		c.routeCall(x)
	case *syntax.Var:
		c.variable(x)
	case *syntax.StrLit, *syntax.Null, *syntax.IPLit:
		if !broken(x) {
			c.errorf(x.At(), "compare it with a variable", "a constant is no condition")
		}
	}
}

// compare checks variable OP operand.
func (c *checker) compare(x *syntax.Binary) {
	switch l := x.X.(type) {
	case *syntax.Var:
		c.variable(l)
	case *syntax.Call:
		c.condition(l)
		c.errorf(l.Span, "call it alone, then compare $rc", "the left side of a comparison must be a variable")
	case *syntax.RouteCall:
		c.condition(l)
		c.errorf(l.Span, "call it alone, then compare $rc", "the left side of a comparison must be a variable")
	case nil:
	default:
		if !broken(l) {
			c.errorf(l.At(), "put the variable first", "the left side of a comparison must be a variable")
		}
	}
	equality, match := x.Op == "==" || x.Op == "!=", x.Op == "=~" || x.Op == "!~"
	switch r := x.Y.(type) {
	case *syntax.Var:
		c.variable(r)
	case *syntax.NumLit:
		if match {
			c.errorf(r.Span, "write it in quotes", "%s needs a regular expression", x.Op)
		}
	case *syntax.Null, *syntax.IPLit:
		if !equality {
			c.errorf(r.At(), "", "only == and != can be used with NULL and addresses, not %s", x.Op)
		}
	case *syntax.Call:
		c.condition(r)
		c.errorf(r.Span, "call it alone, then compare $rc", "the right side of a comparison must be a variable or a constant")
	case *syntax.RouteCall:
		c.condition(r)
		c.errorf(r.Span, "call it alone, then compare $rc", "the right side of a comparison must be a variable or a constant")
	}
}

// value checks the right side of an assignment, or what is in brackets.
func (c *checker) value(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Binary:
		switch x.Op {
		case "==", "!=", "<", "<=", ">", ">=", "=~", "!~":
			c.compare(x)
			return
		}
		c.value(x.X)
		c.value(x.Y)
	case *syntax.Unary:
		c.value(x.X)
	case *syntax.Null:
		c.errorf(x.Span, "", "NULL cannot be part of an expression")
	default:
		c.plain(x)
	}
}

// plain checks a variable or a constant that stands for its value.
func (c *checker) plain(x syntax.Expr) {
	switch x := x.(type) {
	case *syntax.Var:
		c.variable(x)
	case *syntax.StrLit:
		c.format(x)
	case *syntax.IPLit:
		c.errorf(x.Span, `write "`+x.Text+`"`, "an address needs quotes here")
	}
}

func broken(x syntax.Expr) bool {
	lit, ok := x.(*syntax.StrLit)
	return ok && lit.Broken
}

// routeCall checks route(name, arguments).
func (c *checker) routeCall(x *syntax.RouteCall) {
	switch n := x.Name.(type) {
	case *syntax.Var:
		c.variable(n)
		c.dynamic[syntax.RequestRoute] = true
	case *syntax.StrLit:
		switch {
		case n.Broken:
		case n.Static:
			c.routeNamed(syntax.RequestRoute, n.Value, n.Span)
		default:
			c.format(n)
			c.dynamic[syntax.RequestRoute] = true
		}
	}
	for _, a := range x.Args {
		c.plain(a)
	}
}
