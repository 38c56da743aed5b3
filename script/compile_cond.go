package script

import "github.com/fastsips/fastsips/script/syntax"

// targets are the ways on from a condition: it is true, false, or an error.
type targets struct{ yes, no, bad label }

// cond compiles a condition to jumps. Calls are instructions, so that a run can
// wait in one; everything between them is a closure.
func (c *compiler) cond(x syntax.Expr, to targets) {
	switch x := x.(type) {
	case *syntax.Binary:
		c.binaryCond(x, to)
	case *syntax.Unary:
		if x.Op == "!" {
			c.cond(x.X, targets{to.no, to.yes, to.bad})
			return
		}
		c.test(x, to)
	case *syntax.Call:
		at := len(c.code)
		if c.call(x, to); len(c.code) == at {
			c.jump(to.no)
		}
	case *syntax.RouteCall:
		c.routeCall(x, to)
	case nil:
		c.error(syntax.Span{}, "a condition is missing", "")
	default:
		c.test(x, to)
	}
}

// binaryCond: the right side of && is looked at only if the left is true, that of
// || only if the left is false; an error on the left is the result.
func (c *compiler) binaryCond(x *syntax.Binary, to targets) {
	right := c.newLabel()
	switch x.Op {
	case "&&":
		c.cond(x.X, targets{right, to.no, to.bad})
	case "||":
		c.cond(x.X, targets{to.yes, right, to.bad})
	default:
		c.test(x, to)
		return
	}
	c.place(right)
	c.cond(x.Y, to)
}

func (c *compiler) test(x syntax.Expr, to targets) {
	t := c.condition(x)
	if t == nil {
		return
	}
	c.note(StepTest, "if", start(x), syntax.Text(x), x)
	c.emit(instr{op: opTest, test: t, t: int32(to.yes), f: int32(to.no), e: int32(to.bad)})
}

// condition compiles a condition without calls to a closure; nil after an error.
func (c *compiler) condition(x syntax.Expr) cond {
	switch x := x.(type) {
	case *syntax.Bracket:
		return c.condition(x.X)
	case *syntax.Unary:
		if x.Op == "!" {
			if t := c.condition(x.X); t != nil {
				return func(c *Ctx) tri { return t(c).not() }
			}
			return nil
		}
	case *syntax.Binary:
		if r, ok := relations[x.Op]; ok {
			return c.comparison(x, r)
		}
		if x.Op == "&&" || x.Op == "||" {
			return c.logic(x)
		}
	}
	v := c.expr(x)
	if v == nil {
		return nil
	}
	return func(c *Ctx) tri {
		v, ok := v(c)
		if !ok {
			return isError
		}
		return triOf(v.Truth())
	}
}

// logic is && and || inside brackets.
func (c *compiler) logic(x *syntax.Binary) cond {
	l, r := c.condition(x.X), c.condition(x.Y)
	if l == nil || r == nil {
		return nil
	}
	goOn := triOf(x.Op == "&&")
	return func(c *Ctx) tri {
		if v := l(c); v != goOn {
			return v
		}
		return r(c)
	}
}

func (c *compiler) comparison(x *syntax.Binary, r relation) cond {
	l := c.expr(x.X)
	if l == nil {
		return nil
	}
	switch y := x.Y.(type) {
	case *syntax.IPLit:
		return c.addressTest(y, l, r)
	case *syntax.StrLit: // compared as it is written, variables included
		if r == match || r == noMatch {
			return c.patternTest(y, l, r)
		}
		return compareWith(l, r, StrValue([]byte(y.Value)))
	}
	o := c.expr(x.Y)
	if o == nil {
		return nil
	}
	compare := (*Ctx).compare
	if r == match || r == noMatch {
		compare = (*Ctx).searchVar
	}
	return func(c *Ctx) tri {
		a, aOK := l(c)
		b, bOK := o(c)
		if !aOK || !bOK {
			return isError
		}
		return compare(c, r, a, b)
	}
}

func compareWith(l expr, r relation, o Value) cond {
	return func(c *Ctx) tri {
		v, ok := l(c)
		if !ok {
			return isError
		}
		return c.compare(r, v, o)
	}
}

func (c *compiler) patternTest(y *syntax.StrLit, l expr, r relation) cond {
	re, err := compileRegexp(y.Value)
	if err != nil {
		c.error(y.Span, err.Error(), "")
		return nil
	}
	fixed, ok := fixedPattern(y.Value)
	return func(c *Ctx) tri {
		v, vOK := l(c)
		switch {
		case !vOK:
			return isError
		case ok && v.Kind == StrKind:
			return triOf(fixed.matches(v.Str) == (r == match))
		}
		return c.search(r, v, re)
	}
}

func (c *compiler) addressTest(y *syntax.IPLit, l expr, r relation) cond {
	n, ok := parseNetwork(y.Text)
	switch {
	case !ok:
		c.error(y.Span, "this is not an address or a network", "")
		return nil
	case r != eq && r != ne:
		c.error(y.Span, "an address can only be compared with == and !=", "")
		return nil
	}
	return func(c *Ctx) tri {
		v, ok := l(c)
		if !ok {
			return isError
		}
		return c.inNetwork(r, v, n)
	}
}
