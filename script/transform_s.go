package script

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
)

const space = " \t\r\n"

// stringTransforms are {s.*} but for hashes and escapes.
func stringTransforms() []*TransformDef {
	return []*TransformDef{
		whole("s", "len", "number of bytes", func(_ *Ctx, b []byte) Value { return IntValue(int32(len(b))) }),
		{Class: "s", Name: "int", Doc: "the number that the string is", Fn: toInt},
		whole("s", "tolower", "in lower case", func(c *Ctx, b []byte) Value { return mapBytes(c, b, lower) }),
		whole("s", "toupper", "in upper case", func(c *Ctx, b []byte) Value { return mapBytes(c, b, upper) }),
		whole("s", "trim", "without white space around", func(_ *Ctx, b []byte) Value { return StrValue(bytes.Trim(b, space)) }),
		whole("s", "triml", "without white space before", func(_ *Ctx, b []byte) Value { return StrValue(bytes.TrimLeft(b, space)) }),
		whole("s", "trimr", "without white space behind", func(_ *Ctx, b []byte) Value { return StrValue(bytes.TrimRight(b, space)) }),
		whole("s", "reverse", "backwards", reverse),
		whole("s", "date2unix", "seconds since 1970 of a Date header", dateToUnix),
		whole("s", "encode.hexa", "each byte as two hexadecimal digits", func(c *Ctx, b []byte) Value {
			return StrValue(hex.AppendEncode(c.Alloc(2 * len(b))[:0], b))
		}),
		whole("s", "decode.hexa", "the reverse of encode.hexa", func(c *Ctx, b []byte) Value {
			return decoded(hex.AppendDecode(c.Alloc(len(b))[:0], b[:len(b)&^1]))
		}),
		whole("s", "b64encode", "in base64", func(c *Ctx, b []byte) Value {
			return StrValue(base64.StdEncoding.AppendEncode(c.Alloc(base64.StdEncoding.EncodedLen(len(b)))[:0], b))
		}),
		whole("s", "b64decode", "the reverse of b64encode", func(c *Ctx, b []byte) Value {
			return decoded(base64.StdEncoding.AppendDecode(c.Alloc(len(b))[:0], b))
		}),
		{Class: "s", Name: "hex2dec", Doc: "a hexadecimal number as an integer", Fn: hexToDec},
		whole("s", "dec2hex", "an integer as a hexadecimal number", decToHex),
		text("s", "substr", "part from an offset, with a length (0: to the end); both may count from the end", 1, 2, substr),
		text("s", "select", "field n between separators, from 0, or from -1 at the end", 1, 2, selectField),
		text("s", "index", "offset of a string, -1 when it is not there; from where may be given", 1, 2, indexOf),
		text("s", "rindex", "offset of the last occurrence of a string", 1, 2, lastIndexOf),
		text("s", "fill.left", "filled up on the left with a text to a width", 2, 2, func(c *Ctx, b []byte, args []Value) Value {
			return fill(c, b, args, true)
		}),
		text("s", "fill.right", "filled up on the right with a text to a width", 2, 2, func(c *Ctx, b []byte, args []Value) Value {
			return fill(c, b, args, false)
		}),
		text("s", "width", "cut, or filled up with spaces, to a width", 1, 1, width),
		text("s", "xor", "each byte xored with a repeated secret", 1, 1, xor),
	}
}

// toInt reads digits up to the first thing that is none, 0 if there are none; like
// all integers it wraps.
func toInt(_ *Ctx, v Value, _ []Value) Value {
	if v.Kind != StrKind {
		return v
	}
	b, sign, n := v.Str, int32(1), int32(0)
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	for _, d := range b {
		if d-'0' > 9 {
			break
		}
		n = n*10 + int32(d-'0')
	}
	return IntValue(sign * n)
}

func decoded(b []byte, err error) Value {
	if err != nil {
		return Null
	}
	return StrValue(b)
}

func reverse(c *Ctx, b []byte) Value {
	out := c.Alloc(len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return StrValue(out)
}

func dateToUnix(_ *Ctx, b []byte) Value {
	t, err := http.ParseTime(string(b))
	if err != nil {
		return Null
	}
	return IntValue(int32(t.Unix()))
}

// hexToDec leaves an integer as it is.
func hexToDec(_ *Ctx, v Value, _ []Value) Value {
	if v.Kind != StrKind {
		return v
	}
	b := v.Str
	if len(b) > 2 && b[0] == '0' && lower(b[1]) == 'x' {
		b = b[2:]
	}
	if len(b) > 8 {
		return Null
	}
	n, err := strconv.ParseUint(string(b), 16, 32)
	if err != nil {
		return Null
	}
	return IntValue(int32(uint32(n)))
}

func decToHex(c *Ctx, b []byte) Value {
	n, ok := parseInt(b)
	if !ok {
		return Null
	}
	return StrValue(strconv.AppendUint(c.Alloc(8)[:0], uint64(uint32(n)), 16))
}

// substr: {s.substr,offset,length}; an offset below 0 counts from the end, a
// length below 0 leaves so many bytes out there.
func substr(_ *Ctx, b []byte, args []Value) Value {
	at, okAt := number(args, 0, 0)
	n, okN := number(args, 1, 0)
	from, to := int(at), len(b)
	if from < 0 {
		from += len(b)
	}
	switch {
	case n > 0:
		to = min(from+int(n), len(b))
	case n < 0:
		to = len(b) + int(n)
	}
	if !okAt || !okN || from < 0 || from >= len(b) || from > to {
		return Null
	}
	return StrValue(b[from:to:to])
}

// selectField: {s.select,index,separator}; a field that is not there is NULL.
func selectField(_ *Ctx, b []byte, args []Value) Value {
	i, ok := number(args, 0, 0)
	sep := byte(',')
	if len(args) > 1 && len(args[1].Str) > 0 {
		sep = args[1].Str[0]
	}
	if !ok {
		return Null
	}
	for ; i < -1; i++ { // from the end: cut fields off there
		at := bytes.LastIndexByte(b, sep)
		if at < 0 {
			return Null
		}
		b = b[:at]
	}
	if i == -1 {
		return StrValue(b[bytes.LastIndexByte(b, sep)+1:])
	}
	for ; i > 0; i-- {
		at := bytes.IndexByte(b, sep)
		if at < 0 {
			return Null
		}
		b = b[at+1:]
	}
	if at := bytes.IndexByte(b, sep); at >= 0 {
		b = b[:at:at]
	}
	return StrValue(b)
}

// indexOf: {s.index,text,start}; NULL if it is not there.
func indexOf(_ *Ctx, b []byte, args []Value) Value {
	from, ok := number(args, 1, 0)
	at := wrapped(from, len(b))
	if !ok || at >= len(b) || len(args[0].Str) == 0 {
		return Null
	}
	if i := bytes.Index(b[at:], args[0].Str); i >= 0 {
		return IntValue(int32(at + i))
	}
	return Null
}

// lastIndexOf: {s.rindex,text,start}: the last occurrence that begins at or before
// start; NULL if there is none.
func lastIndexOf(_ *Ctx, b []byte, args []Value) Value {
	from, ok := number(args, 1, -1)
	if !ok || len(args[0].Str) == 0 {
		return Null
	}
	end := min(wrapped(from, len(b))+len(args[0].Str), len(b))
	if i := bytes.LastIndex(b[:end], args[0].Str); i >= 0 {
		return IntValue(int32(i))
	}
	return Null
}

// wrapped is a start that counts from the end if it is below 0, round and round: in a
// string of ten, -12 is -2.
func wrapped(at int32, n int) int {
	if at >= 0 || n == 0 {
		return max(int(at), 0)
	}
	return (n - int(-int64(at)%int64(n))) % n
}

// maxWidth bounds what a width may ask for.
const maxWidth = 64 << 10

// fill: {s.fill.left,text,width}. A longer string stays as it is; on the left it is the
// front of the padding that is cut off.
func fill(c *Ctx, b []byte, args []Value, left bool) Value {
	n, ok := number(args, 1, 0)
	with := args[0].Str
	if !ok || len(with) == 0 || n > maxWidth {
		return Null
	}
	if int(n) <= len(b) {
		return StrValue(b)
	}
	out := c.Alloc(int(n))
	pad, skip := out[len(b):], 0
	if left {
		pad = out[:len(out)-len(b)]
		copy(out[len(pad):], b)
		skip = len(with) - len(pad)%len(with)
	} else {
		copy(out, b)
	}
	for i := range pad {
		pad[i] = with[(skip+i)%len(with)]
	}
	return StrValue(out)
}

func width(c *Ctx, b []byte, args []Value) Value {
	n, ok := number(args, 0, 0)
	if !ok || n <= 0 || n > maxWidth {
		return Null
	}
	if int(n) <= len(b) {
		return StrValue(b[:n:n])
	}
	out := c.Alloc(int(n))
	for i := copy(out, b); i < len(out); i++ {
		out[i] = ' '
	}
	return StrValue(out)
}

func xor(c *Ctx, b []byte, args []Value) Value {
	secret := args[0].Str
	if len(secret) == 0 {
		return Null
	}
	out := c.Alloc(len(b))
	for i := range b {
		out[i] = b[i] ^ secret[i%len(secret)]
	}
	return StrValue(out)
}
