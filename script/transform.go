package script

// text declares a transformation of a string. An integer is taken in its string
// form; NULL stays NULL.
func text(class, name, doc string, low, high int, fn func(c *Ctx, b []byte, args []Value) Value) *TransformDef {
	return &TransformDef{Class: class, Name: name, Doc: doc, Min: low, Max: high,
		Fn: func(c *Ctx, v Value, args []Value) Value {
			b, ok := c.Text(v)
			if !ok {
				return Null
			}
			return fn(c, b, args)
		}}
}

// whole declares a transformation without arguments that returns a part of the
// string, or a copy.
func whole(class, name, doc string, fn func(c *Ctx, b []byte) Value) *TransformDef {
	return text(class, name, doc, 0, 0, func(c *Ctx, b []byte, _ []Value) Value { return fn(c, b) })
}

// full is text for what an empty string can only fail at.
func full(class, name, doc string, low, high int, fn func(c *Ctx, b []byte, args []Value) Value) *TransformDef {
	return text(class, name, doc, low, high, func(c *Ctx, b []byte, args []Value) Value {
		if len(b) == 0 {
			return Null
		}
		return fn(c, b, args)
	})
}

// partValue is a part of a string as a value: NULL if it is missing or empty.
func partValue(b []byte) Value {
	if len(b) == 0 {
		return Null
	}
	return StrValue(b)
}

// number reads argument i as an integer; def when it was not written.
func number(args []Value, i int, def int32) (n int32, ok bool) {
	if i >= len(args) {
		return def, true
	}
	return parseInt(args[i].Str)
}

// nth turns an index that may count from the end (-1) into one from the start;
// -1 when it is out of range.
func nth(i int32, n int) int {
	at := int(i)
	if at < 0 {
		at += n
	}
	if at < 0 || at >= n {
		return -1
	}
	return at
}

func boolValue(b bool) Value {
	if b {
		return IntValue(1)
	}
	return IntValue(0)
}

func mapBytes(c *Ctx, b []byte, f func(byte) byte) Value {
	out := c.Alloc(len(b))
	for i := range b {
		out[i] = f(b[i])
	}
	return StrValue(out)
}
