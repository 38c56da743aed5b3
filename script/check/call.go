package check

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// call checks a call's name and arguments.
func (c *checker) call(x *syntax.Call) {
	f := c.renewFunction(x)
	if f == nil {
		if !c.cfg.Partial {
			c.errorf(x.Span, c.functionHint(x.Name), "unknown function %s", x.Name)
		}
		for _, a := range x.Args {
			c.plain(a)
		}
		return
	}
	if f.Needs != nil {
		if why := f.Needs(c.r); why != "" && !c.cfg.Partial {
			c.errorf(x.Span, "", "%s cannot be used: %s", x.Name, why)
		}
	}
	if !x.HasParen {
		return // reported by the parser
	}
	if !c.arity(x, f) {
		for _, a := range x.Args {
			if v, ok := a.(*syntax.Var); ok {
				c.variable(v)
			}
		}
		return
	}
	for i, a := range x.Args {
		if a != nil {
			x.Args[i] = c.renewArgument(x.Name, &f.Params[i], a)
			c.argument(x.Name, &f.Params[i], x.Args[i])
		}
	}
}

func (c *checker) functionHint(name string) string {
	if hint := c.missingModule(name); hint != "" {
		return hint
	}
	if hint := c.missingModule(oldFuncs[name]); hint != "" {
		return "it is " + oldFuncs[name] + " now: " + hint
	}
	if hint := goneFuncs[name]; hint != "" {
		return hint
	}
	return suggest(syntax.Nearest(name, maps.Keys(c.r.Funcs)))
}

// arity checks the number of arguments. A string without end may have
// swallowed some, so nothing is said about the call then.
func (c *checker) arity(x *syntax.Call, f *script.Func) bool {
	required := 0
	for i, p := range f.Params {
		if !p.Optional {
			required = i + 1
		}
	}
	for _, a := range x.Args {
		if a != nil && broken(a) {
			return false
		}
	}
	if n := len(x.Args); n < required || n > len(f.Params) {
		c.errorf(x.Span, usage(f), "%s takes %s, not %d", x.Name, count(required, len(f.Params)), n)
		return false
	}
	for i, a := range x.Args {
		if a == nil && !f.Params[i].Optional {
			c.errorf(x.Span, usage(f), "%s: argument %s is missing", x.Name, f.Params[i].Name)
			return false
		}
	}
	return true
}

// count phrases a number of arguments.
func count(lo, hi int) string {
	switch {
	case hi < 0:
		return fmt.Sprintf("at least %s", plural(lo))
	case lo == hi && lo == 0:
		return "no arguments"
	case lo == hi:
		return plural(lo)
	case hi == lo+1:
		return fmt.Sprintf("%d or %s", lo, plural(hi))
	}
	return fmt.Sprintf("%d to %s", lo, plural(hi))
}

func plural(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// usage shows how a function is called, as in f(code, [reason]).
func usage(f *script.Func) string {
	args := make([]string, len(f.Params))
	for i, p := range f.Params {
		if args[i] = p.Name; p.Optional {
			args[i] = "[" + p.Name + "]"
		}
	}
	return "usage: " + f.Name + "(" + strings.Join(args, ", ") + ")"
}

// argument checks one argument against the kind of its parameter.
func (c *checker) argument(fn string, p *script.ParamInfo, a syntax.Expr) {
	switch a := a.(type) {
	case *syntax.Var:
		c.varArgument(fn, p, a)
	case *syntax.StrLit:
		c.strArgument(fn, p, a)
	case *syntax.NumLit:
		if p.Kind != script.ParamInt && p.Kind != script.ParamLevel {
			c.badArg(fn, p, a, fmt.Sprintf(`write "%d"`, a.Value), "%d is a number, not %s", a.Value, wants(p.Kind))
		}
	case *syntax.IPLit:
		c.badArg(fn, p, a, `write "`+a.Text+`"`, "an address needs quotes here")
	default:
		c.badArg(fn, p, a, "", "NULL cannot be passed")
	}
}

func (c *checker) badArg(fn string, p *script.ParamInfo, a syntax.Expr, hint, format string, args ...any) {
	c.errorf(a.At(), hint, "%s: argument %s: %s", fn, p.Name, fmt.Sprintf(format, args...))
}

func wants(k script.ParamKind) string {
	switch k {
	case script.ParamInt:
		return "a number"
	case script.ParamVar, script.ParamOut, script.ParamOutList, script.ParamInList:
		return "a variable"
	case script.ParamRegex:
		return "a regular expression"
	case script.ParamRoute:
		return "the name of a route"
	}
	return "a string"
}

func (c *checker) varArgument(fn string, p *script.ParamInfo, v *syntax.Var) {
	switch p.Kind {
	case script.ParamStatic, script.ParamText:
		if c.variable(v) {
			c.badArg(fn, p, v, "", "must be a constant string")
		}
	case script.ParamOut, script.ParamOutList:
		c.writable(v)
	case script.ParamOwn: // its function says what is wrong with it
	case script.ParamRoute:
		c.dynamic[p.Route] = true
		c.variable(v)
	default:
		c.variable(v)
	}
}

func (c *checker) strArgument(fn string, p *script.ParamInfo, lit *syntax.StrLit) {
	one := onlyVar(lit)
	switch p.Kind {
	case script.ParamInt:
		c.notANumber(fn, p, lit, one)
	case script.ParamStr, script.ParamInList:
		c.format(lit)
	case script.ParamRegex, script.ParamSubst:
		c.parts(lit.Parts) // what is wrong as a format, such as $), is fine here
	case script.ParamStatic:
		if !lit.Static {
			c.badArg(fn, p, lit, "", "must be a constant string, without variables")
		}
	case script.ParamVar, script.ParamOut:
		switch {
		case one == nil:
			c.badArg(fn, p, lit, "", "%q is not a variable", lit.Value)
		case p.Kind == script.ParamOut:
			c.writable(one)
		default:
			c.variable(one)
		}
	case script.ParamOutList:
		c.outList(fn, p, lit)
	case script.ParamRoute:
		if lit.Static {
			c.routeNamed(p.Route, lit.Value, lit.Span)
			return
		}
		c.dynamic[p.Route] = true
		c.format(lit)
	}
}

// onlyVar returns the variable that a string consists of, or nil.
func onlyVar(lit *syntax.StrLit) *syntax.Var {
	if len(lit.Parts) == 1 {
		return lit.Parts[0].Var
	}
	return nil
}

func (c *checker) notANumber(fn string, p *script.ParamInfo, lit *syntax.StrLit, one *syntax.Var) {
	if one != nil {
		c.badArg(fn, p, lit, "write it without quotes: "+lit.Value, "%q is a string, not a number", lit.Value)
		return
	}
	if n, err := strconv.ParseInt(lit.Value, 0, 32); err == nil {
		c.badArg(fn, p, lit, fmt.Sprintf("write %d", n), "%q is a string, not a number", lit.Value)
		return
	}
	c.badArg(fn, p, lit, "", "%q is not a number", lit.Value)
}

// outList checks "$avp(a);$avp(b)".
func (c *checker) outList(fn string, p *script.ParamInfo, lit *syntax.StrLit) {
	c.d.List = append(c.d.List, lit.Faults...)
	for _, part := range lit.Parts {
		if part.Var != nil {
			c.writable(part.Var)
		} else if strings.Trim(part.Text, " \t\n;,") != "" {
			c.badArg(fn, p, lit, `write "$avp(a);$avp(b)"`, "%q is not a variable", strings.TrimSpace(part.Text))
			return
		}
	}
}
