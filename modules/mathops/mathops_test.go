package mathops

import (
	"math"
	"strings"
	"testing"
)

// The documentation of math_eval: "Nested parentheses; addition (+), subtraction/negation
// (-), multiplication (*), division (/), exponentiation (^) and modulus (%) with the normal
// operator precedence (the one exception being that exponentiation is evaluated
// left-to-right); C math functions".
func TestEvaluate(t *testing.T) {
	for text, want := range map[string]float64{
		"1": 1, " 1.5 ": 1.5, ".5": .5, "5.": 5, "1e3": 1000, "1e": math.NaN(), "2 e": math.NaN(),
		"1+2*3": 7, "(1+2)*3": 9, "10-4-3": 3, "7/2": 3.5, "7%4": 3, "-7%4": -3, "2^3^2": 64, "-2^2": 4, "2^-1": .5, "--3": 3, "+-3": -3,
		"abs(-3)": 3, "ceil 1.2": 2, "floor(-2.9)": -3, "sqrt 16 + 1": 5, "ln(e)": 1, "log 1000": 3, "exp(0)": 1, "pi()": math.Pi,
		"sin 0": 0, "cos(0)": 1, "tan 0": 0, "asin 1": math.Pi / 2, "acos 1": 0, "atan 0": 0, "sinh 0": 0, "cosh 0": 1, "tanh 0": 0,
		"atan2(0, 1)": 0, "pow(2, 10)": 1024, "fac 5": 120, "ncr(5,2)": 10, "npr(5,2)": 20, "1,2": 2, "1/0": math.Inf(1),
		"": math.NaN(), "1+": math.NaN(), "(1": math.NaN(), "1)": math.NaN(), "1 2": math.NaN(), "x": math.NaN(), "pow(2)": math.NaN(),
		"sqrt(-1)": math.NaN(), "0/0": math.NaN(), "fac(-1)": math.NaN(), "$x": math.NaN(), "fac 1000": math.Inf(1), "pow 2": math.NaN(),
	} {
		v, err := evaluate([]byte(text))
		switch {
		case math.IsNaN(want) != (err != nil):
			t.Errorf("%q: %v, %v", text, v, err)
		case err == nil && v != want && math.Abs(v-want) > 1e-12:
			t.Errorf("%q is %v, want %v", text, v, want)
		}
	}
	deep := strings.Repeat("(", 100000) + "1" + strings.Repeat(")", 100000)
	if _, err := evaluate([]byte(deep)); err == nil {
		t.Error("nesting has no bound")
	}
}

// The documentation of math_rpn: "binary operators: + - / * mod pow; unary functions: neg
// exp ln log10 abs sqrt cbrt floor ceil round nearbyint trunc; constants: e pi; stack
// manipulations commands: drop dup swap".
func TestEvaluateRPN(t *testing.T) {
	for text, want := range map[string]float64{
		"1 3 swap swap dup drop / exp ln 1 swap /": 3, // the documentation's own example
		"1 2 +": 3, "1 2 -": -1, "2 3 *": 6, "7 2 mod": 1, "2 5 pow": 32, "4 neg": -4, "1000 log10": 3, "-2 abs": 2, "9 sqrt": 3,
		"27 cbrt": 3, "1.7 floor": 1, "1.2 ceil": 2, "0.5 round": 1, "2.5 nearbyint": 2, "-2.9 trunc": -2, "pi e drop": math.Pi,
		"0 exp": 1, "e ln": 1,
		"": math.NaN(), "1 2": math.NaN(), "+": math.NaN(), "1 +": math.NaN(), "drop": math.NaN(), "1 swap": math.NaN(), "x": math.NaN(), "-1 sqrt": math.NaN(),
	} {
		v, err := evaluateRPN([]byte(text))
		switch {
		case math.IsNaN(want) != (err != nil):
			t.Errorf("%q: %v, %v", text, v, err)
		case err == nil && math.Abs(v-want) > 1e-12:
			t.Errorf("%q is %v, want %v", text, v, want)
		}
	}
	if _, err := evaluateRPN([]byte(strings.Repeat("1 ", 1000))); err == nil {
		t.Error("the stack has no bound")
	}
}

// The documentation's table of math_round_sf.
func TestSignificant(t *testing.T) {
	for figures, want := range map[int]float64{1: 20000, 2: 18000, 3: 17900, 4: 17890, 5: 17893, 6: 17893, 7: 17892.99} {
		if got := significant(17892.987, figures); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d figures: %v, want %v", figures, got, want)
		}
	}
	if got := significant(0, 3); got != 0 {
		t.Error(got)
	}
	if got := significant(5e-324, 3); math.IsNaN(got) {
		t.Error(got)
	}
}

// Whatever a script makes of what a peer sent: an answer or an error.
func FuzzEvaluate(f *testing.F) {
	for _, s := range []string{"1+2*3", "sqrt(4)^-2", "((1,2),3)", "1 2 + dup *", "1e400", "-.e", "pi()"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, eval := range []func([]byte) (float64, error){evaluate, evaluateRPN} {
			if v, err := eval(b); err == nil && len(appendNumber(nil, v, maxDigits)) > maxNumber {
				t.Errorf("%q: %v is too long", b, v)
			}
		}
	})
}
