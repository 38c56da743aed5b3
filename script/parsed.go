package script

import (
	"errors"

	"github.com/fastsips/fastsips/script/syntax"
)

// A Refusal is an error that also says what to write instead.
type Refusal struct{ Msg, Hint string }

func (r *Refusal) Error() string { return r.Msg }

// Parsed is a string that parse makes a T of: a literal when the script is loaded, where
// an error is one of the configuration, anything with variables at each call, which then
// is not made and gives -1.
func Parsed[T any](name, doc string, parse func([]byte) (T, error)) Param[T] {
	return Param[T]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamStr}, bind: func(b *binder, x syntax.Expr) getter[T] {
		if s, ok := x.(*syntax.StrLit); ok && !hasVars(s.Parts) {
			return parsedLiteral(b, s, parse)
		}
		text := bindStr(b, x)
		return func(c *Ctx) (v T, ok bool) {
			s, ok := text(c)
			if !ok {
				return v, false
			}
			v, err := parse(s)
			return v, err == nil
		}
	}}
}

func parsedLiteral[T any](b *binder, s *syntax.StrLit, parse func([]byte) (T, error)) getter[T] {
	v, err := parse([]byte(s.Value))
	if err == nil {
		return constant(v)
	}
	hint := ""
	if r := (*Refusal)(nil); errors.As(err, &r) {
		hint = r.Hint
	}
	b.error(s.Span, b.param.Name+": "+err.Error(), hint)
	return none[T]()
}
