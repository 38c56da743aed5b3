package script

import "github.com/fastsips/fastsips/script/syntax"

// Parsed is a string that stands for a T: a literal without variables is parsed by load
// when the script is compiled, which may take its time and says what is wrong with it.
// Any other value is parsed by run when the function is called; when it cannot be, the
// function is not run.
func Parsed[T any](name, doc string, load func(string) (T, error), run func(*Ctx, []byte) (T, bool)) Param[T] {
	return Param[T]{
		info: ParamInfo{Name: name, Doc: doc, Kind: ParamStr},
		bind: func(b *binder, x syntax.Expr) getter[T] {
			if s, ok := x.(*syntax.StrLit); ok && !hasVars(s.Parts) {
				v, err := load(s.Value)
				if err != nil {
					b.refuse(x, "right: "+err.Error(), "")
					return none[T]()
				}
				return constant(v)
			}
			text := bindStr(b, x)
			return func(c *Ctx) (v T, ok bool) {
				if s, have := text(c); have {
					return run(c, s)
				}
				return v, false
			}
		},
	}
}
