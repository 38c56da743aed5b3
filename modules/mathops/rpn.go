package mathops

import (
	"bytes"
	"math"
)

// maxStack is how many numbers an expression in reverse Polish notation may have waiting.
const maxStack = 64

// evaluateRPN is math_rpn(): numbers go on a stack, words take theirs from it and put back
// what they make. One number must be left.
func evaluateRPN(text []byte) (float64, error) {
	var s stack
	for len(text) > 0 {
		var word []byte
		text = bytes.TrimLeft(text, " \t\r\n")
		if i := bytes.IndexAny(text, " \t\r\n"); i >= 0 {
			word, text = text[:i], text[i:]
		} else {
			word, text = text, nil
		}
		if len(word) > 0 && !s.word(word) {
			return 0, errExpression
		}
	}
	if s.n != 1 || math.IsNaN(s.v[0]) {
		return 0, errExpression
	}
	return s.v[0], nil
}

type stack struct {
	v [maxStack]float64
	n int
}

func (s *stack) push(v float64) bool {
	if s.n == maxStack {
		return false
	}
	s.v[s.n] = v
	s.n++
	return true
}

func (s *stack) word(w []byte) bool {
	if n, size := leadingNumber(w); size == len(w) {
		return s.push(n)
	}
	name := string(w)
	if v, ok := constants[name]; ok {
		return s.push(v)
	}
	if f := rpn1[name]; f != nil && s.n >= 1 {
		s.v[s.n-1] = f(s.v[s.n-1])
		return true
	}
	if f := rpn2[name]; f != nil && s.n >= 2 {
		s.n--
		s.v[s.n-1] = f(s.v[s.n-1], s.v[s.n])
		return true
	}
	return s.move(name)
}

// move does what only changes the order.
func (s *stack) move(name string) bool {
	switch {
	case name == "drop" && s.n >= 1:
		s.n--
	case name == "dup" && s.n >= 1:
		return s.push(s.v[s.n-1])
	case name == "swap" && s.n >= 2:
		s.v[s.n-1], s.v[s.n-2] = s.v[s.n-2], s.v[s.n-1]
	default:
		return false
	}
	return true
}

var rpn1 = map[string]func(float64) float64{
	"neg": func(a float64) float64 { return -a }, "exp": math.Exp, "ln": math.Log, "log10": math.Log10, "abs": math.Abs,
	"sqrt": math.Sqrt, "cbrt": math.Cbrt, "floor": math.Floor, "ceil": math.Ceil, "round": math.Round,
	"nearbyint": math.RoundToEven, "trunc": math.Trunc,
}

var rpn2 = map[string]func(a, b float64) float64{
	"+":   func(a, b float64) float64 { return a + b },
	"-":   func(a, b float64) float64 { return a - b },
	"*":   func(a, b float64) float64 { return a * b },
	"/":   func(a, b float64) float64 { return a / b },
	"mod": math.Mod, "pow": math.Pow,
}
