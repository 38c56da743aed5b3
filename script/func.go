package script

import "github.com/fastsips/fastsips/script/syntax"

// A binder compiles one call of a function.
type binder struct {
	c     *compiler
	call  *syntax.Call
	param *ParamInfo // the one at hand
}

func (b *binder) error(at syntax.Span, msg, hint string) {
	b.c.error(at, b.call.Name+": "+msg, hint)
}

func (b *binder) refuse(x syntax.Expr, want, hint string) {
	b.error(x.At(), b.param.Name+" must be "+want, hint)
}

// Func0 declares a function of no arguments.
func Func0(name, doc string, in Routes, fn func(*Ctx) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, bind: func(bd *binder) call {
		return func(c *Ctx) Ret {
			if r := c.ready(true); r != 0 {
				return r
			}
			return fn(c)
		}
	}}
}

// Func1 declares a function of one argument.
func Func1[A any](name, doc string, in Routes, a Param[A], fn func(*Ctx, A) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info}, bind: func(bd *binder) call {
		getA := a.get(bd, 0)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			if r := c.ready(okA); r != 0 {
				return r
			}
			return fn(c, vA)
		}
	}}
}

// Func2 declares a function of 2 arguments.
func Func2[A, B any](name, doc string, in Routes, a Param[A], b Param[B], fn func(*Ctx, A, B) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info, b.info}, bind: func(bd *binder) call {
		getA, getB := a.get(bd, 0), b.get(bd, 1)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			vB, okB := getB(c)
			if r := c.ready(okA && okB); r != 0 {
				return r
			}
			return fn(c, vA, vB)
		}
	}}
}

// Func3 declares a function of 3 arguments.
func Func3[A, B, C any](name, doc string, in Routes, a Param[A], b Param[B], c Param[C], fn func(*Ctx, A, B, C) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info, b.info, c.info}, bind: func(bd *binder) call {
		getA, getB, getC := a.get(bd, 0), b.get(bd, 1), c.get(bd, 2)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			vB, okB := getB(c)
			vC, okC := getC(c)
			if r := c.ready(okA && okB && okC); r != 0 {
				return r
			}
			return fn(c, vA, vB, vC)
		}
	}}
}

// Func4 declares a function of 4 arguments.
func Func4[A, B, C, D any](name, doc string, in Routes, a Param[A], b Param[B], c Param[C], d Param[D], fn func(*Ctx, A, B, C, D) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info, b.info, c.info, d.info}, bind: func(bd *binder) call {
		getA, getB, getC, getD := a.get(bd, 0), b.get(bd, 1), c.get(bd, 2), d.get(bd, 3)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			vB, okB := getB(c)
			vC, okC := getC(c)
			vD, okD := getD(c)
			if r := c.ready(okA && okB && okC && okD); r != 0 {
				return r
			}
			return fn(c, vA, vB, vC, vD)
		}
	}}
}

// Func5 declares a function of 5 arguments.
func Func5[A, B, C, D, E any](name, doc string, in Routes, a Param[A], b Param[B], c Param[C], d Param[D], e Param[E], fn func(*Ctx, A, B, C, D, E) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info, b.info, c.info, d.info, e.info}, bind: func(bd *binder) call {
		getA, getB, getC, getD, getE := a.get(bd, 0), b.get(bd, 1), c.get(bd, 2), d.get(bd, 3), e.get(bd, 4)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			vB, okB := getB(c)
			vC, okC := getC(c)
			vD, okD := getD(c)
			vE, okE := getE(c)
			if r := c.ready(okA && okB && okC && okD && okE); r != 0 {
				return r
			}
			return fn(c, vA, vB, vC, vD, vE)
		}
	}}
}

// Func6 declares a function of 6 arguments.
func Func6[A, B, C, D, E, F any](name, doc string, in Routes, a Param[A], b Param[B], c Param[C], d Param[D], e Param[E], f Param[F], fn func(*Ctx, A, B, C, D, E, F) Ret) *Func {
	return &Func{Name: name, Doc: doc, In: in, Params: []ParamInfo{a.info, b.info, c.info, d.info, e.info, f.info}, bind: func(bd *binder) call {
		getA, getB, getC, getD, getE, getF := a.get(bd, 0), b.get(bd, 1), c.get(bd, 2), d.get(bd, 3), e.get(bd, 4), f.get(bd, 5)
		return func(c *Ctx) Ret {
			vA, okA := getA(c)
			vB, okB := getB(c)
			vC, okC := getC(c)
			vD, okD := getD(c)
			vE, okE := getE(c)
			vF, okF := getF(c)
			if r := c.ready(okA && okB && okC && okD && okE && okF); r != 0 {
				return r
			}
			return fn(c, vA, vB, vC, vD, vE, vF)
		}
	}}
}
