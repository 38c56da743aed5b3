package script

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// Values of the reference interpreter: reading, writing, arithmetic, transformations.

func asInt(v val) (int32, bool) {
	switch n := v.(type) {
	case int32:
		return n, true
	case literal:
		return int32(n), true
	}
	return 0, false
}

// kept is what a variable holds of v.
func kept(v val) val {
	if n, ok := v.(literal); ok {
		return int32(n)
	}
	return v
}

// textOfVal is v in a format string: NULL prints as <null>.
func textOfVal(v val) string {
	switch v := v.(type) {
	case nil:
		return "<null>"
	case string:
		return v
	}
	n, _ := asInt(v)
	return strconv.Itoa(int(n))
}

// eval computes a value; false is an error.
func (r *reference) eval(x syntax.Expr) (val, bool) {
	switch x := x.(type) {
	case *syntax.NumLit:
		return literal(x.Value), true
	case *syntax.StrLit:
		return r.text(x.Parts), true
	case *syntax.Null:
		return nil, true
	case *syntax.Var:
		return r.read(x), true
	case *syntax.Bracket:
		return r.eval(x.X)
	case *syntax.Unary:
		if x.Op == "~" {
			v, ok := r.eval(x.X)
			n, isInt := asInt(v)
			return literal(^n), ok && isInt
		}
	case *syntax.Binary:
		if strings.Contains(" + - * / % & | ^ << >> ", " "+x.Op+" ") {
			a, aok := r.eval(x.X)
			b, bok := r.eval(x.Y)
			if !aok || !bok {
				return nil, false
			}
			return r.arith(x.Op, a, b)
		}
	}
	v := r.test(x)
	return literal(v), v >= 0
}

// "Ints are C int (32 bit, wrapping). + on strings concatenates; NULL on the right counts
// as empty; a string plus an int variable works, a string plus an int literal does not;
// int plus string is an error. unset + int constant is an error; int + unset = int; unset +
// int variable works as a string. & | ^ on equal-length strings work byte-wise."
func (r *reference) arith(op string, a, b val) (val, bool) {
	m, mInt := asInt(a)
	n, nInt := asInt(b)
	s, sStr := a.(string)
	t, tStr := b.(string)
	_, bLit := b.(literal)
	switch {
	case mInt && nInt:
		return literal(r.ints(op, m, n)), true
	case op == "+" && mInt && b == nil:
		return literal(m), true
	case op == "+" && !mInt && !bLit:
		return bounded(orEmpty(a) + orEmpty(b)), true
	case sStr && tStr && len(s) == len(t) && strings.Contains("&|^", op):
		out := []byte(s)
		for i := range out {
			out[i] = byte(r.ints(op, int32(s[i]), int32(t[i])))
		}
		return string(out), true
	}
	return nil, false
}

func orEmpty(v val) string {
	if v == nil {
		return ""
	}
	return textOfVal(v)
}

func (r *reference) ints(op string, m, n int32) int32 {
	a, b := int64(m), int64(n)
	switch op {
	case "+":
		return int32(a + b)
	case "-":
		return int32(a - b)
	case "*":
		return int32(a * b)
	case "/", "%":
		if b == 0 { // "logs; the result is 0 and the assignment succeeds"
			r.say("ERROR:core: division by zero")
			return 0
		}
		if op == "/" {
			return int32(a / b)
		}
		return int32(a % b)
	case "&":
		return m & n
	case "|":
		return m | n
	case "^":
		return m ^ n
	case "<<":
		return m << (uint32(n) % 32)
	}
	return m >> (uint32(n) % 32)
}

func (r *reference) text(parts []syntax.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Var == nil {
			b.WriteString(p.Text)
		} else {
			b.WriteString(textOfVal(r.read(p.Var)))
		}
	}
	return bounded(b.String())
}

func bounded(s string) string {
	if len(s) > 4000 {
		panic(tooMuch)
	}
	return s
}

func (r *reference) read(x *syntax.Var) val {
	v := r.plain(x)
	for _, t := range x.Transforms {
		v = r.transform(t, v)
	}
	return v
}

func (r *reference) plain(x *syntax.Var) val {
	switch x.Name {
	case "var":
		return r.vars[r.text(x.Inner)]
	case "rc":
		return r.rc
	case "param":
		return nthVal(r.params, atoi(r.text(x.Inner))-1)
	case "return":
		return nthVal(r.returns, atoi(r.text(x.Inner)))
	case "route.name":
		return r.names[len(r.names)-1]
	}
	list := r.avps[r.text(x.Inner)]
	switch {
	case x.Index == nil:
		return nthVal(list, 0)
	case x.Index.All: // "joins all with ", " (limit 511 bytes, else NULL)"
		var texts []string
		for _, v := range list {
			texts = append(texts, textOfVal(v))
		}
		if s := strings.Join(texts, ", "); len(list) > 0 && len(s) <= 511 {
			return s
		}
		return nil
	}
	i, ok := r.index(x.Index)
	if !ok {
		return nil
	}
	if i < 0 {
		i += len(list)
	}
	return nthVal(list, i)
}

func (r *reference) index(x *syntax.Index) (int, bool) {
	if x.Var == nil {
		return int(x.N), true
	}
	n, ok := asInt(r.read(x.Var))
	return int(n), ok
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func nthVal(list []val, i int) val {
	if i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

func (r *reference) transform(t *syntax.Transform, v val) val {
	if v == nil {
		return nil
	}
	s := textOfVal(v)
	arg := func(i int) int { return atoi(r.text(t.Args[i])) }
	if t.Name == "substr" {
		if _, err := strconv.Atoi(r.text(t.Args[0])); err != nil {
			return nil // a variable that is no number
		}
	}
	switch t.Name {
	case "len":
		return int32(len(s))
	case "int":
		if n, isInt := asInt(v); isInt {
			return n
		}
		digits := regexp.MustCompile(`^[-+]?[0-9]*`).FindString(s)
		n, _ := strconv.ParseInt(strings.TrimPrefix(digits, "+"), 10, 64) // short ones only
		return int32(n)
	case "toupper":
		return strings.ToUpper(s)
	case "up": // the one of the tests that may wait
		for i := range t.Args {
			s += r.text(t.Args[i])
		}
		return strings.ToUpper(s[:len(textOfVal(v))]) + s[len(textOfVal(v)):]
	case "reverse":
		b := []byte(s)
		for i := range len(b) / 2 {
			b[i], b[len(b)-1-i] = b[len(b)-1-i], b[i]
		}
		return string(b)
	case "substr":
		from, n := arg(0), arg(1)
		if from < 0 {
			from += len(s)
		}
		if from < 0 || from >= len(s) {
			return nil
		}
		if n < 1 {
			n = len(s) + n - from
		}
		if n < 0 {
			return nil
		}
		return s[from:min(from+n, len(s))]
	case "select":
		fields, i := strings.Split(s, ","), arg(0)
		if i < 0 {
			i += len(fields)
		}
		if i < 0 || i >= len(fields) {
			return nil
		}
		return fields[i]
	}
	panic("transformation " + t.Name)
}

// "+= etc. read, compute, then write; NULL on either side is an error (value unchanged,
// $rc -1, script continues)."
func (r *reference) assign(s *syntax.Assign) bool {
	if s.Op == "=" || s.Op == ":=" {
		v, ok := r.eval(s.Value)
		return ok && r.write(s.Var, kept(v), s.Op == ":=")
	}
	old := r.read(s.Var)
	v, ok := r.eval(s.Value)
	if !ok || old == nil || v == nil {
		return false
	}
	sum, ok := r.arith(strings.TrimSuffix(s.Op, "="), old, v)
	return ok && r.write(s.Var, kept(sum), false)
}

// "= pushes; $(avp(x)[2]) = v replaces that slot (fails if absent), = NULL removes that
// slot (plain $avp(x) = NULL removes the newest), $(avp(x)[*]) = NULL or := NULL removes
// all, $(avp(x)[append]) = v adds at the old end."
func (r *reference) write(x *syntax.Var, v val, replace bool) bool {
	name := r.text(x.Inner)
	if x.Name == "var" {
		r.vars[name] = v
		return true
	}
	list := r.avps[name]
	i, hasIndex := 0, x.Index != nil && !x.Index.All && !x.Index.Append
	if hasIndex {
		var ok bool
		if i, ok = r.index(x.Index); !ok {
			return false
		}
		if i < 0 {
			i += len(list)
		}
	}
	switch {
	case replace || x.Index != nil && x.Index.All:
		list = nil
		if v != nil {
			list = []val{v}
		}
	case v == nil && x.Index != nil && x.Index.Append:
		i = 0
		fallthrough
	case v == nil:
		if i >= 0 && i < len(list) {
			list = append(append([]val(nil), list[:i]...), list[i+1:]...)
		}
	case x.Index != nil && x.Index.Append:
		list = append(append([]val(nil), list...), v)
	case hasIndex:
		if i < 0 || i >= len(list) {
			return false
		}
		list = append([]val(nil), list...)
		list[i] = v
	default:
		list = append([]val{v}, list...)
	}
	r.avps[name] = list
	return true
}
