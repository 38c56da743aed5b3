package script

import "github.com/fastsips/fastsips/script/syntax"

// A MockCall is a call of a function that a test may answer in its stead.
type MockCall struct {
	Name string
	At   syntax.Pos
	Args []string // values of strings, numbers and variables; of written variables their names
}

// Mocked is f with the same face, which asks answer at each call; what that returns
// does the function's work, or nil if f is to do it.
func (f *Func) Mocked(answer func(c *Ctx, m MockCall) func(c *Ctx) Ret) *Func {
	double := *f
	double.bind = func(b *binder) call {
		run := f.bind(b)
		args := f.mockArgs(b)
		m := MockCall{Name: f.Name, At: b.call.Pos}
		return func(c *Ctx) Ret {
			m := m
			ok := true
			for _, arg := range args {
				text, there := arg(c)
				m.Args = append(m.Args, text)
				ok = ok && there
			}
			do := answer(c, m)
			if do == nil {
				return run(c)
			}
			if r := c.ready(ok); r != 0 {
				return r
			}
			return do(c)
		}
	}
	return &double
}

// mockArgs compiles the arguments of a call to texts. False: the variable is NULL, so
// the function is not called.
func (f *Func) mockArgs(b *binder) (list []getter[string]) {
	for i, x := range b.call.Args {
		if i >= len(f.Params) {
			break
		}
		kind := f.Params[i].Kind
		switch x := x.(type) {
		case *syntax.NumLit:
			list = append(list, constant(syntax.Text(x)))
		case *syntax.StrLit:
			if kind == ParamOut || kind == ParamOutList || kind == ParamVar || kind == ParamOwn {
				list = append(list, constant(x.Value))
				continue
			}
			t := b.c.format(x.Parts, x.Value)
			list = append(list, func(c *Ctx) (string, bool) { v, ok := t.eval(c); return string(v), ok })
		case *syntax.Var:
			list = append(list, mockVar(b, x, kind))
		default:
			list = append(list, constant(""))
		}
	}
	return list
}

func mockVar(b *binder, x *syntax.Var, kind ParamKind) getter[string] {
	v := b.c.variable(x)
	if kind == ParamOut || kind == ParamOutList || kind == ParamVar || v == nil {
		return constant(syntax.Text(x))
	}
	return func(c *Ctx) (string, bool) {
		val := v.eval(c)
		if _, isInt := val.AsInt(); kind == ParamInt && !isInt {
			return "", false
		}
		text, ok := c.Text(val.kept())
		return string(text), ok
	}
}
