package mathops

import (
	"errors"
	"math"
	"strconv"
)

// errExpression says that a text is no expression; why does not matter to a script.
var errExpression = errors.New("no expression")

// maxDepth bounds the nesting of an expression.
const maxDepth = 100

// evaluate is the arithmetic of math_eval(), which is that of tinyexpr: numbers, e and pi,
// functions, and from loose to tight
//
//	list   = sum *( "," sum )                     ; the last one counts
//	sum    = term *( ( "+" / "-" ) term )
//	term   = factor *( ( "*" / "/" / "%" ) factor )
//	factor = power *( "^" power )                 ; from left to right
//	power  = *( "-" / "+" ) base                  ; -2^2 is 4
//	base   = number / name [ base / "(" list ")" ] / "(" list ")"
func evaluate(text []byte) (float64, error) {
	p := parser{b: text}
	v := p.list()
	p.space()
	if p.bad || p.pos < len(p.b) || math.IsNaN(v) {
		return 0, errExpression
	}
	return v, nil
}

type parser struct {
	b     []byte
	pos   int
	depth int
	bad   bool
}

func (p *parser) space() {
	for p.pos < len(p.b) && isSpace(p.b[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// accept takes one of the bytes in set; 0 if none is next.
func (p *parser) accept(set string) byte {
	p.space()
	if p.pos < len(p.b) {
		for i := range len(set) {
			if p.b[p.pos] == set[i] {
				p.pos++
				return set[i]
			}
		}
	}
	return 0
}

// fail makes the whole no expression.
func (p *parser) fail() float64 {
	p.bad = true
	p.pos = len(p.b)
	return 0
}

func (p *parser) list() float64 {
	v := p.sum()
	for p.accept(",") != 0 {
		v = p.sum()
	}
	return v
}

func (p *parser) sum() float64 {
	v := p.term()
	for {
		switch p.accept("+-") {
		case '+':
			v += p.term()
		case '-':
			v -= p.term()
		default:
			return v
		}
	}
}

func (p *parser) term() float64 {
	v := p.factor()
	for {
		switch p.accept("*/%") {
		case '*':
			v *= p.factor()
		case '/':
			v /= p.factor()
		case '%':
			v = math.Mod(v, p.factor())
		default:
			return v
		}
	}
}

func (p *parser) factor() float64 {
	v := p.power()
	for p.accept("^") != 0 {
		v = math.Pow(v, p.power())
	}
	return v
}

func (p *parser) power() float64 {
	minus := false
	for c := p.accept("+-"); c != 0; c = p.accept("+-") {
		minus = minus != (c == '-')
	}
	if v := p.base(); minus {
		return -v
	} else {
		return v
	}
}

func (p *parser) base() float64 {
	if p.depth++; p.depth > maxDepth {
		return p.fail()
	}
	defer func() { p.depth-- }()
	p.space()
	switch {
	case p.accept("(") != 0:
		return p.inside(p.list())
	case p.pos < len(p.b) && (isDigit(p.b[p.pos]) || p.b[p.pos] == '.'):
		return p.number()
	case p.pos < len(p.b) && isLetter(p.b[p.pos]):
		return p.name()
	}
	return p.fail()
}

// inside takes the parenthesis that closes what v is the value of.
func (p *parser) inside(v float64) float64 {
	if p.accept(")") == 0 {
		return p.fail()
	}
	return v
}

func (p *parser) number() float64 {
	n, size := leadingNumber(p.b[p.pos:])
	if size == 0 {
		return p.fail()
	}
	p.pos += size
	return n
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (p *parser) name() float64 {
	from := p.pos
	for p.pos < len(p.b) && (isLetter(p.b[p.pos]) || isDigit(p.b[p.pos])) {
		p.pos++
	}
	name := string(p.b[from:p.pos])
	if v, ok := constants[name]; ok {
		if p.accept("(") != 0 {
			return p.inside(v)
		}
		return v
	}
	if f := functions1[name]; f != nil {
		return f(p.base()) // sqrt 4 is as good as sqrt(4)
	}
	if f := functions2[name]; f != nil && p.accept("(") != 0 {
		a := p.sum()
		if p.accept(",") == 0 {
			return p.fail()
		}
		return p.inside(f(a, p.sum()))
	}
	return p.fail()
}

var constants = map[string]float64{"e": math.E, "pi": math.Pi}

var functions1 = map[string]func(float64) float64{
	"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "ceil": math.Ceil, "cos": math.Cos,
	"cosh": math.Cosh, "exp": math.Exp, "fac": factorial, "floor": math.Floor, "ln": math.Log, "log": math.Log10, "log10": math.Log10,
	"sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
}

var functions2 = map[string]func(a, b float64) float64{
	"atan2": math.Atan2, "pow": math.Pow, "ncr": combinations, "npr": permutations,
}

// maxFactorial is the greatest one that is a number here.
const maxFactorial = 170

func factorial(a float64) float64 {
	switch {
	case a < 0 || math.IsNaN(a):
		return math.NaN()
	case a > maxFactorial:
		return math.Inf(1)
	}
	v := 1.0
	for n := 2.0; n <= math.Floor(a); n++ {
		v *= n
	}
	return v
}

func combinations(n, r float64) float64 {
	if n < 0 || r < 0 || n < r || n > maxFactorial {
		return math.NaN()
	}
	n, r = math.Floor(n), math.Floor(r)
	v := 1.0
	for i := 1.0; i <= min(r, n-r); i++ {
		v = v * (n - i + 1) / i
	}
	return math.Round(v)
}

func permutations(n, r float64) float64 { return combinations(n, r) * factorial(r) }

// leadingNumber reads the decimal number that b begins with, as strtod(3) does; size 0 is
// none.
func leadingNumber(b []byte) (v float64, size int) {
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	from := i
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	digits := 0
	take := func() {
		for i < len(b) && isDigit(b[i]) {
			i, digits = i+1, digits+1
		}
	}
	if take(); i < len(b) && b[i] == '.' {
		i++
		take()
	}
	if digits == 0 {
		return 0, 0
	}
	if end := exponentEnd(b, i); end > i {
		i = end
	}
	v, err := strconv.ParseFloat(string(b[from:i]), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, 0
	}
	return v, i
}

// exponentEnd returns where the exponent at i ends; i if there is none.
func exponentEnd(b []byte, i int) int {
	if i >= len(b) || b[i]|0x20 != 'e' {
		return i
	}
	end := i + 1
	if end < len(b) && (b[end] == '-' || b[end] == '+') {
		end++
	}
	if end >= len(b) || !isDigit(b[end]) {
		return i
	}
	for end < len(b) && isDigit(b[end]) {
		end++
	}
	return end
}
