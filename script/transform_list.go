package script

import "bytes"

// listTransforms are {param.*}, over lists such as "a=1;b", and {csv.*}, over
// RFC 4180 records.
func listTransforms() []*TransformDef {
	return []*TransformDef{
		full("param", "value", "value of a named parameter; the separator may be given", 1, 2, func(_ *Ctx, b []byte, args []Value) Value {
			value, ok := findParam(b, args[0].Str, separator(args))
			return strOrNull(value, ok)
		}),
		full("param", "exist", "1 if there is a parameter of a name, else 0", 1, 2, func(_ *Ctx, b []byte, args []Value) Value {
			_, ok := findParam(b, args[0].Str, separator(args))
			return boolValue(ok)
		}),
		full("param", "valueat", "value of parameter n", 1, 2, func(_ *Ctx, b []byte, args []Value) Value {
			_, value, ok := paramAt(b, args)
			return strOrNull(value, ok)
		}),
		full("param", "name", "name of parameter n", 1, 2, func(_ *Ctx, b []byte, args []Value) Value {
			name, _, ok := paramAt(b, args)
			return strOrNull(name, ok)
		}),
		full("param", "count", "number of parameters", 0, 1, func(_ *Ctx, b []byte, args []Value) Value {
			return IntValue(int32(countParams(b, separator(append([]Value{{}}, args...)))))
		}),
		full("csv", "count", "number of fields", 0, 0, func(_ *Ctx, b []byte, _ []Value) Value {
			return IntValue(int32(countFields(b)))
		}),
		full("csv", "value", "field n, without its quotes", 1, 1, csvValue),
	}
}

func strOrNull(b []byte, ok bool) Value {
	if !ok {
		return Null
	}
	return StrValue(b)
}

// separator is the optional second argument.
func separator(args []Value) byte {
	if len(args) > 1 && len(args[1].Str) > 0 {
		return args[1].Str[0]
	}
	return ';'
}

// cutParam takes the first parameter off a list. A separator in quotes is text.
func cutParam(b []byte, sep byte) (name, value, rest []byte) {
	one, rest := cutQuoted(b, sep)
	name, value, _ = bytes.Cut(one, []byte{'='})
	name, value = bytes.Trim(name, space), bytes.Trim(value, space)
	if n := len(value); n > 1 && value[0] == '"' && value[n-1] == '"' {
		value = value[1 : n-1]
	}
	if value == nil {
		value = emptyText
	}
	return name, value, rest
}

// cutQuoted splits b at the first sep outside double quotes; rest is nil at the
// end.
func cutQuoted(b []byte, sep byte) (first, rest []byte) {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && quoted:
			i++
		case b[i] == '"':
			quoted = !quoted
		case b[i] == sep && !quoted:
			return b[:i:i], b[i+1:]
		}
	}
	return b, nil
}

func findParam(b, name []byte, sep byte) (value []byte, ok bool) {
	for b != nil {
		var n, v []byte
		if n, v, b = cutParam(b, sep); len(n) > 0 && foldCompare(n, name) == 0 {
			return v, true
		}
	}
	return emptyText, false
}

func countParams(b []byte, sep byte) int {
	n := 0
	for b != nil {
		var name []byte
		if name, _, b = cutParam(b, sep); len(name) > 0 {
			n++
		}
	}
	return n
}

func paramAt(b []byte, args []Value) (name, value []byte, ok bool) {
	i, ok := number(args, 0, 0)
	sep := separator(args)
	at := nth(i, countParams(b, sep))
	if !ok || at < 0 {
		return nil, nil, false
	}
	for {
		if name, value, b = cutParam(b, sep); len(name) > 0 {
			if at == 0 {
				return name, value, true
			}
			at--
		}
	}
}

func countFields(b []byte) int {
	n := 1
	for _, b = cutQuoted(b, ','); b != nil; _, b = cutQuoted(b, ',') {
		n++
	}
	return n
}

func csvValue(c *Ctx, b []byte, args []Value) Value {
	i, ok := number(args, 0, 0)
	at := nth(i, countFields(b))
	if !ok || at < 0 {
		return Null
	}
	field, rest := cutQuoted(b, ',')
	for ; at > 0; at-- {
		field, rest = cutQuoted(rest, ',')
	}
	return StrValue(unquoteField(c, field))
}

// unquoteField reads "a ""b""" of RFC 4180 §2.
func unquoteField(c *Ctx, b []byte) []byte {
	n := len(b)
	if n < 2 || b[0] != '"' || b[n-1] != '"' {
		return b
	}
	out := c.Alloc(n)[:0]
	for i := 1; i < n-1; i++ {
		out = append(out, b[i])
		if b[i] == '"' && i+1 < n-1 && b[i+1] == '"' {
			i++
		}
	}
	return out
}
