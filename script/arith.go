package script

// arith computes one operator of an expression; false is an error: the
// assignment does not happen.
func (c *Ctx) arith(op string, l, r Value) (Value, bool) {
	a, aInt := l.AsInt()
	b, bInt := r.AsInt()
	switch {
	case op == "+" && (!aInt || r.Kind == NullKind):
		return c.plus(l, r)
	case aInt && bInt:
		return Value{Kind: numKind, Int: c.arithInt(op, a, b)}, true
	case l.Kind == StrKind && r.Kind == StrKind:
		return c.bytewise(op, l.Str, r.Str)
	}
	return Null, false
}

// plus is + where an operand is not an integer. A string takes what has a string
// form; NULL counts as empty; an int literal has none.
func (c *Ctx) plus(l, r Value) (Value, bool) {
	if n, isInt := l.AsInt(); isInt {
		return Value{Kind: numKind, Int: n}, r.Kind == NullKind
	}
	if r.Kind == numKind {
		return Null, false
	}
	at := len(c.text)
	for _, v := range [...]Value{l, r} {
		if v.Kind != NullKind {
			c.text = v.appendTo(c.text)
		}
	}
	sum := StrValue(c.Copy(c.text[at:]))
	c.text = c.text[:at]
	return sum, true
}

// arithInt is C's int arithmetic: 32 bits, wrapping. Division by zero is logged
// and gives 0.
func (c *Ctx) arithInt(op string, a, b int32) int32 {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/", "%":
		return c.divide(op, a, b)
	case "&":
		return a & b
	case "|":
		return a | b
	case "^":
		return a ^ b
	case "<<":
		return a << (uint32(b) & 31)
	}
	return a >> (uint32(b) & 31)
}

func (c *Ctx) divide(op string, a, b int32) int32 {
	switch {
	case b == 0:
		c.LogError("core: division by zero")
		return 0
	case op == "/":
		return a / b
	}
	return a % b
}

// bytewise is & | ^ on strings of one length.
func (c *Ctx) bytewise(op string, a, b []byte) (Value, bool) {
	if len(a) != len(b) || (op != "&" && op != "|" && op != "^") {
		return Null, false
	}
	out := c.Alloc(len(a))
	for i := range a {
		switch op {
		case "&":
			out[i] = a[i] & b[i]
		case "|":
			out[i] = a[i] | b[i]
		default:
			out[i] = a[i] ^ b[i]
		}
	}
	return StrValue(out), true
}
