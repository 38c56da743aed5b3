package script

import (
	"errors"

	"github.com/fastsips/fastsips/script/syntax"
)

// Checked is an integer of which check says what is wrong with a constant, when the script
// is compiled.
func Checked(p Param[int32], check func(int32) error) Param[int32] {
	bind := p.bind
	p.bind = func(b *binder, x syntax.Expr) getter[int32] {
		if n, ok := x.(*syntax.NumLit); ok {
			err := check(n.Value)
			if r := (*Refusal)(nil); errors.As(err, &r) {
				b.error(x.At(), b.param.Name+": "+r.Msg, r.Hint)
			} else if err != nil {
				b.error(x.At(), b.param.Name+": "+err.Error(), "")
			}
		}
		return bind(b, x)
	}
	return p
}
