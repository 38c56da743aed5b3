package module

import (
	"github.com/fastsips/fastsips/script/syntax"
)

// Globals are the global parameters, which the core module declares. They
// differ from modparams in that bare words may stand for strings, and yes and
// no for numbers.
type Globals struct {
	Params
	// Sockets collects the socket= lines (and the old listen=), in order.
	Sockets []*syntax.Socket
	// Socket, if set, looks at one of them while it is loaded, and says what is wrong with
	// it, or what of it has no meaning here.
	Socket func(*syntax.Socket) (notes []string, err error)
}

// wordValue turns the value of a global parameter into the type that q takes.
func wordValue(q *Param, x syntax.Expr) (Value, bool) {
	switch x := x.(type) {
	case *syntax.NumLit:
		v := Value{IsInt: true, Int: x.Value}
		return v, q.accepts(v)
	case *syntax.StrLit:
		v := Value{Str: x.Value}
		if n, ok := syntax.BoolWord(x.Value); ok && x.Bare && q.Kind != StringParam {
			v = Value{IsInt: true, Int: n}
		}
		return v, q.accepts(v)
	}
	return Value{}, false
}
