package script

import "strconv"

// numKind is the kind of an integer literal and of arithmetic: an Int without a
// string form. It never leaves an expression. As in OpenSIPS, a string plus an int
// variable works, a string plus an int literal does not.
const numKind Kind = 3

var (
	nullText  = []byte("<null>")
	emptyText = []byte{}
)

// IsNull reports that v is NULL.
func (v Value) IsNull() bool { return v.Kind == NullKind }

// AsInt returns the integer form of v; a Str has none.
func (v Value) AsInt() (n int32, ok bool) {
	return v.Int, v.Kind == IntKind || v.Kind == numKind
}

// Truth is the value of a variable that stands alone in a condition: NULL, zero
// and the empty string are false, and "0" is true.
func (v Value) Truth() bool {
	switch v.Kind {
	case IntKind, numKind:
		return v.Int != 0
	case StrKind:
		return len(v.Str) > 0
	}
	return false
}

// AppendValue appends v as a format string prints it: NULL is "<null>".
func (c *Ctx) AppendValue(dst []byte, v Value) []byte { return v.appendTo(dst) }

func (v Value) appendTo(dst []byte) []byte {
	switch {
	case v.Kind == StrKind, v.Kind == IntKind && len(v.Str) > 0:
		return append(dst, v.Str...)
	case v.Kind == NullKind:
		return append(dst, nullText...)
	}
	return strconv.AppendInt(dst, int64(v.Int), 10)
}

// Text returns the string form of v; NULL has none. The bytes of an Int come
// from the run's arena.
func (c *Ctx) Text(v Value) (b []byte, ok bool) {
	switch v.Kind {
	case StrKind:
		return v.Str, true
	case IntKind:
		if len(v.Str) > 0 {
			return v.Str, true
		}
		var digits [11]byte
		return c.Copy(strconv.AppendInt(digits[:0], int64(v.Int), 10)), true
	}
	return nil, false
}

// kept turns an expression's result into what a variable may hold.
func (v Value) kept() Value {
	if v.Kind == numKind {
		v.Kind = IntKind
	}
	return v
}

// foldCompare orders a and b as OpenSIPS does: without case, a tie on the common
// length decided by length.
func foldCompare(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(b byte) byte {
	if b-'A' <= 'Z'-'A' {
		b += 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if b-'a' <= 'z'-'a' {
		b -= 'a' - 'A'
	}
	return b
}

// parseInt reads a whole decimal number with an optional sign.
func parseInt(b []byte) (n int32, ok bool) {
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg, b = b[0] == '-', b[1:]
	}
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	var sum int64
	for _, d := range b {
		if d-'0' > 9 {
			return 0, false
		}
		sum = sum*10 + int64(d-'0')
	}
	if neg {
		sum = -sum
	}
	return int32(sum), int64(int32(sum)) == sum
}
