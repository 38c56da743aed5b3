// Package mathops is OpenSIPS's mathops module: arithmetic with fractions, which the
// script's own integers do not have. Numbers are strings.
package mathops

import (
	"cmp"
	"math"
	"strconv"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded mathops.
type Module struct{ digits int }

// New returns the module.
func New() module.Module { return new(Module) }

// maxDigits is how many digits behind the point a result may have.
const maxDigits = 50

// Setup declares the parameter and the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.IntRange(&m.digits, "decimal_digits", 6, 0, maxDigits, "digits behind the point of a result that is no integer")
	number, result := script.Str("number", "a number as text"), script.Out("result", "variable that gets the result")
	e.Funcs = []*script.Func{
		script.Func2("math_eval", "Evaluate an expression: + - * / % ^, parentheses, e, pi and the functions abs acos asin atan atan2 ceil cos cosh exp fac floor ln log ncr npr pow sin sinh sqrt tan tanh. -1: it is none, or has no value.", script.All,
			script.Str("expression", "such as (1 + 2.5) * 3"), result, m.with(evaluate)),
		script.Func2("math_rpn", "Evaluate an expression in reverse Polish notation: numbers, e, pi, + - * / mod pow neg exp ln log10 abs sqrt cbrt floor ceil round nearbyint trunc drop dup swap. -1: it is none, or leaves not just one number.", script.All,
			script.Str("expression", "such as 1 2.5 + 3 *"), result, m.with(evaluateRPN)),
		script.Func2("math_floor", "Round down, to an integer. -1: it is no number.", script.All, number, result, whole(math.Floor)),
		script.Func2("math_ceil", "Round up, to an integer. -1: it is no number.", script.All, number, result, whole(math.Ceil)),
		script.Func2("math_trunc", "Round towards zero, to an integer. -1: it is no number.", script.All, number, result, whole(math.Trunc)),
		script.Func3("math_round", "Round to the nearest integer, halves away from zero, or to some digits behind the point. -1: it is no number.", script.All,
			number, result, script.OptInt("decimals", "digits behind the point; 0: an integer", 0), round),
		script.Func3("math_round_sf", "Round to some significant digits. -1: it is no number.", script.All,
			number, result, script.OptInt("figures", "significant digits", 0), m.roundFigures),
		script.Func3("math_compare", "Compare two expressions: the result is 1 if the first is greater, 0 if they are equal, -1 if it is less.", script.All,
			script.Str("first", "an expression as for math_eval()"), script.Str("second", "another"), result, compare),
	}
}

// appendNumber writes v as printf's %.*f does.
func appendNumber(dst []byte, v float64, digits int) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(dst, "inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, v, 'f', digits, 64)
}

// maxNumber is the length of the longest number: the integer part of a float64, the point
// and the digits.
const maxNumber = 311 + maxDigits

func setNumber(c *script.Ctx, to script.VarRef, v float64, digits int) script.Ret {
	return yes(to.Set(c, script.StrValue(appendNumber(c.Alloc(maxNumber)[:0], v, digits))))
}

// with makes a function of what evaluates an expression.
func (m *Module) with(eval func([]byte) (float64, error)) func(*script.Ctx, []byte, script.VarRef) script.Ret {
	return func(c *script.Ctx, text []byte, to script.VarRef) script.Ret {
		v, err := eval(text)
		if err != nil {
			return -1
		}
		return setNumber(c, to, v, m.digits)
	}
}

// whole makes a function of what rounds to an integer.
func whole(f func(float64) float64) func(*script.Ctx, []byte, script.VarRef) script.Ret {
	return func(c *script.Ctx, text []byte, to script.VarRef) script.Ret {
		v, size := leadingNumber(text)
		return yes(size > 0 && to.Set(c, script.IntValue(toInt(f(v)))))
	}
}

// toInt is v, or the integer of the script's that is next to it.
func toInt(v float64) int32 { return int32(max(math.MinInt32, min(math.MaxInt32, v))) }

func round(c *script.Ctx, text []byte, to script.VarRef, decimals int32) script.Ret {
	v, size := leadingNumber(text)
	switch {
	case size == 0 || decimals < 0 || decimals > maxDigits:
		return -1
	case decimals == 0:
		return yes(to.Set(c, script.IntValue(toInt(math.Round(v)))))
	}
	return setNumber(c, to, v, int(decimals))
}

func (m *Module) roundFigures(c *script.Ctx, text []byte, to script.VarRef, figures int32) script.Ret {
	v, size := leadingNumber(text)
	if size == 0 || figures < 0 || figures > maxDigits {
		return -1
	}
	return setNumber(c, to, significant(v, int(figures)), m.digits)
}

// significant rounds v to some digits, counted from its first one.
func significant(v float64, figures int) float64 {
	if v == 0 || math.IsInf(v, 0) {
		return v
	}
	factor := math.Pow(10, float64(figures)-math.Ceil(math.Log10(math.Abs(v))))
	if r := math.Round(v*factor) / factor; !math.IsNaN(r) && !math.IsInf(r, 0) {
		return r
	}
	return v // too great or too small for the detour
}

func compare(c *script.Ctx, a, b []byte, to script.VarRef) script.Ret {
	va, errA := evaluate(a)
	vb, errB := evaluate(b)
	return yes(errA == nil && errB == nil && to.Set(c, script.IntValue(int32(cmp.Compare(va, vb)))))
}

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
