package script

import (
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// A getter makes an argument of a call; false: a variable is NULL or has no such
// form, and the function is not run.
type getter[T any] func(c *Ctx) (T, bool)

// A Param declares a parameter of a function. T is what the function gets.
type Param[T any] struct {
	info ParamInfo
	def  T
	bind func(b *binder, x syntax.Expr) getter[T]
}

// get compiles argument number i of a call.
func (p Param[T]) get(b *binder, i int) getter[T] {
	if i < len(b.call.Args) && b.call.Args[i] != nil {
		b.param = &p.info
		return p.bind(b, b.call.Args[i])
	}
	if !p.info.Optional {
		b.error(b.call.ArgsEnd, "missing argument: "+p.info.Name, "")
	}
	return constant(p.def)
}

func constant[T any](v T) getter[T] { return func(*Ctx) (T, bool) { return v, true } }

// none is the getter of an argument that was refused.
func none[T any]() getter[T] {
	return func(*Ctx) (v T, ok bool) { return v, false }
}

// Opt makes a parameter optional: an omitted one is the zero T (a RouteRef with
// ID -1, an OptInt's default).
func Opt[T any](p Param[T]) Param[T] {
	p.info.Optional = true
	return p
}

// Int is an integer: a literal or a variable with an integer value.
func Int(name, doc string) Param[int32] {
	return Param[int32]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamInt}, bind: bindInt}
}

// OptInt is an optional Int with a default.
func OptInt(name, doc string, def int32) Param[int32] {
	p := Opt(Int(name, doc))
	p.def = def
	return p
}

func bindInt(b *binder, x syntax.Expr) getter[int32] {
	switch x := x.(type) {
	case *syntax.NumLit:
		return constant(x.Value)
	case *syntax.Var:
		v := b.c.variable(x)
		if v == nil {
			return none[int32]()
		}
		return func(c *Ctx) (int32, bool) { return v.eval(c).AsInt() }
	case *syntax.StrLit:
		hint := ""
		if _, ok := parseInt([]byte(x.Value)); ok {
			hint = "write " + x.Value + " without the quotes"
		}
		b.refuse(x, "an integer or a variable, not a string", hint)
	default:
		b.refuse(x, "an integer or a variable", "")
	}
	return none[int32]()
}

// Str is a string: a literal, a format string, or a variable with a string form.
// The bytes are valid as long as the run is.
func Str(name, doc string) Param[[]byte] {
	return Param[[]byte]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamStr}, bind: bindStr}
}

func bindStr(b *binder, x syntax.Expr) getter[[]byte] {
	switch x := x.(type) {
	case *syntax.StrLit:
		f := b.c.format(x.Parts, x.Value)
		if f.parts == nil {
			return constant(f.fixed)
		}
		return f.eval
	case *syntax.Var:
		v := b.c.variable(x)
		if v == nil {
			return none[[]byte]()
		}
		return func(c *Ctx) ([]byte, bool) { return c.Text(v.eval(c)) }
	case *syntax.NumLit:
		b.refuse(x, "a string, not a number", "put it in quotes")
	default:
		b.refuse(x, "a string or a variable", "")
	}
	return none[[]byte]()
}

// Static is a string literal without variables.
func Static(name, doc string) Param[string] {
	return Param[string]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamStatic}, bind: bindStatic}
}

func bindStatic(b *binder, x syntax.Expr) getter[string] {
	s, ok := x.(*syntax.StrLit)
	switch {
	case !ok:
		b.refuse(x, "a string in quotes", "")
	case hasVars(s.Parts):
		b.refuse(x, "a string without variables", "")
	default:
		return constant(s.Value)
	}
	return none[string]()
}

// VarIn is a variable that the function reads.
func VarIn(name, doc string) Param[VarRef] {
	return Param[VarRef]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamVar}, bind: func(b *binder, x syntax.Expr) getter[VarRef] {
		if v := soleVar(x); v != nil {
			return varGetter(VarRef{b.c.variable(v)})
		}
		b.refuse(x, "a variable", "")
		return none[VarRef]()
	}}
}

// varGetter hands ref over. What may have to be waited for is read before: the function
// finds it among the answers.
func varGetter(ref VarRef) getter[VarRef] {
	if ref.x == nil || !ref.x.waits() {
		return constant(ref)
	}
	return func(c *Ctx) (VarRef, bool) {
		ref.x.eval(c)
		return ref, true
	}
}

// Out is a variable that the function writes; old scripts give it as a string:
// "$avp(x)".
func Out(name, doc string) Param[VarRef] {
	return Param[VarRef]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamOut}, bind: func(b *binder, x syntax.Expr) getter[VarRef] {
		v := soleVar(x)
		if v == nil {
			b.refuse(x, "a variable that can be written", "")
			return none[VarRef]()
		}
		return constant(VarRef{b.c.target(v)})
	}}
}

// OutList is a list of variables that the function writes: "$avp(a);$avp(b)", or
// one variable.
func OutList(name, doc string) Param[[]VarRef] {
	return Param[[]VarRef]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamOutList}, bind: bindOutList}
}

func bindOutList(b *binder, x syntax.Expr) getter[[]VarRef] {
	var list []VarRef
	switch x := x.(type) {
	case *syntax.Var:
		list = append(list, VarRef{b.c.target(x)})
	case *syntax.StrLit:
		for _, p := range x.Parts {
			if p.Var != nil {
				list = append(list, VarRef{b.c.target(p.Var)})
			} else if strings.Trim(p.Text, ";, \t\r\n") != "" {
				b.refuse(x, `a list of variables such as "$avp(a);$avp(b)"`, "")
				return none[[]VarRef]()
			}
		}
	}
	if len(list) == 0 {
		b.refuse(x, `a list of variables such as "$avp(a);$avp(b)"`, "")
		return none[[]VarRef]()
	}
	return constant(list)
}

// Regex is a regular expression: a literal is compiled at load, a variable's
// value when the function is called.
func Regex(name, doc string) Param[*Regexp] {
	return Param[*Regexp]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamRegex}, bind: bindRegex}
}

func bindRegex(b *binder, x syntax.Expr) getter[*Regexp] {
	switch x := x.(type) {
	case *syntax.StrLit:
		if hasVars(x.Parts) {
			f := b.c.format(x.Parts, x.Value)
			return func(c *Ctx) (*Regexp, bool) { return pattern(c, f.eval) }
		}
		re, err := compileRegexp(x.Value)
		if err != nil {
			b.refuse(x, "a regular expression: "+err.Error(), patternHint(err))
			return none[*Regexp]()
		}
		return constant(re)
	case *syntax.Var:
		if v := b.c.variable(x); v != nil {
			text := func(c *Ctx) ([]byte, bool) { return c.Text(v.eval(c)) }
			return func(c *Ctx) (*Regexp, bool) { return pattern(c, text) }
		}
		return none[*Regexp]()
	}
	b.refuse(x, "a regular expression", "")
	return none[*Regexp]()
}

func pattern(c *Ctx, text getter[[]byte]) (*Regexp, bool) {
	b, ok := text(c)
	if !ok {
		return nil, false
	}
	re := c.pool.regex(b)
	return re, re != nil
}

// A RouteRef names a route. ID is -1 if there is none of that name, or if the
// argument was omitted.
type RouteRef struct {
	ID   int32
	Name []byte
}

// Route is the name of a route of a kind; a literal has to exist.
func Route(kind syntax.RouteKind, name, doc string) Param[RouteRef] {
	return Param[RouteRef]{
		info: ParamInfo{Name: name, Doc: doc, Kind: ParamRoute, Route: kind},
		def:  RouteRef{ID: -1},
		bind: func(b *binder, x syntax.Expr) getter[RouteRef] { return bindRoute(b, x, kind) },
	}
}

func bindRoute(b *binder, x syntax.Expr, kind syntax.RouteKind) getter[RouteRef] {
	if s, ok := x.(*syntax.StrLit); ok && !hasVars(s.Parts) {
		id := b.c.prog.Route(kind, s.Value)
		if id < 0 {
			b.error(s.Span, "there is no "+fullName(kind, s.Value), "")
		}
		return constant(RouteRef{ID: id, Name: []byte(s.Value)})
	}
	text := bindStr(b, x)
	return func(c *Ctx) (RouteRef, bool) {
		name, ok := text(c)
		return RouteRef{ID: c.prog.routeOf(kind, name), Name: name}, ok
	}
}

func hasVars(parts []syntax.Part) bool {
	for _, p := range parts {
		if p.Var != nil {
			return true
		}
	}
	return false
}

// soleVar returns the variable that an argument consists of: $avp(x) or "$avp(x)".
func soleVar(x syntax.Expr) *syntax.Var {
	switch x := x.(type) {
	case *syntax.Var:
		return x
	case *syntax.StrLit:
		if len(x.Parts) == 1 {
			return x.Parts[0].Var
		}
	}
	return nil
}
