package script

import (
	"bytes"
	"net/netip"
	"strings"
	"unsafe"
)

// A tri is the value of a condition. An error counts as false, and ! does not
// make it true.
type tri int8

const (
	isFalse tri = 0
	isTrue  tri = 1
	isError tri = -1
)

func triOf(b bool) tri {
	if b {
		return isTrue
	}
	return isFalse
}

func (t tri) not() tri {
	if t == isError {
		return t
	}
	return 1 - t
}

// A cond is a compiled condition without calls.
type cond func(c *Ctx) tri

// A relation is a comparison operator.
type relation uint8

const (
	eq relation = iota
	ne
	lt
	le
	gt
	ge
	match
	noMatch
)

var relations = map[string]relation{
	"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge, "=~": match, "!~": noMatch,
}

func (r relation) of(order int) tri {
	switch r {
	case eq:
		return triOf(order == 0)
	case ne:
		return triOf(order != 0)
	case lt:
		return triOf(order < 0)
	case le:
		return triOf(order <= 0)
	case gt:
		return triOf(order > 0)
	}
	return triOf(order >= 0)
}

// withNull compares where a side is NULL: two are equal, and NULL differs from
// everything else.
func (r relation) withNull(l, o Value) tri {
	if l.Kind == o.Kind {
		return triOf(r == eq || r == match)
	}
	return triOf(r == ne || r == noMatch)
}

// compare compares as ints if both have an int form, else as strings if both have
// a string form; else it is an error.
func (c *Ctx) compare(r relation, l, o Value) tri {
	if l.Kind == NullKind || o.Kind == NullKind {
		return r.withNull(l, o)
	}
	a, aInt := l.AsInt()
	b, bInt := o.AsInt()
	if aInt && bInt {
		return r.of(orderInt(a, b))
	}
	s, sOK := c.Text(l)
	t, tOK := c.Text(o)
	if !sOK || !tOK {
		return isError
	}
	if len(s) != len(t) && r <= ne {
		return triOf(r == ne)
	}
	return r.of(foldCompare(s, t))
}

func orderInt(a, b int32) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// search is =~ and !~.
func (c *Ctx) search(r relation, l Value, re *Regexp) tri {
	if l.Kind == NullKind {
		return triOf(r == noMatch)
	}
	b, ok := c.Text(l)
	if !ok || re == nil {
		return isError
	}
	return triOf(re.Match(b) == (r == match))
}

// searchVar is =~ and !~ with a computed pattern.
func (c *Ctx) searchVar(r relation, l, pattern Value) tri {
	if l.Kind == NullKind || pattern.Kind == NullKind {
		return r.withNull(l, pattern)
	}
	p, ok := c.Text(pattern)
	if !ok {
		return isError
	}
	return c.search(r, l, c.pool.regex(p))
}

// inNetwork compares a text that should be an address with an address or a
// network; something else is an error, for == and != alike.
func (c *Ctx) inNetwork(r relation, l Value, n netip.Prefix) tri {
	if l.Kind == NullKind {
		return triOf(r == ne)
	}
	if l.Kind != StrKind {
		return isError
	}
	a, ok := parseAddr(l.Str)
	if !ok {
		return isError
	}
	return triOf(n.Contains(a) == (r == eq))
}

// parseAddr reads an address, with or without brackets. Names are turned away
// before netip, which would allocate an error for them.
func parseAddr(b []byte) (netip.Addr, bool) {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		b = b[1 : n-1]
	}
	if len(b) == 0 || len(b) > 45 || bytes.ContainsFunc(b, notInAddr) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(unsafe.String(&b[0], len(b))) // without a zone nothing keeps the text
	return a.Unmap(), err == nil
}

func notInAddr(r rune) bool {
	return !strings.ContainsRune("0123456789abcdefABCDEF.:", r)
}

// parseNetwork reads 10.0.0.0/8, 10.0.0.0/255.0.0.0, an address, with or without
// brackets.
func parseNetwork(s string) (netip.Prefix, bool) {
	host, mask, hasMask := strings.Cut(s, "/")
	a, ok := parseAddr([]byte(host))
	if !ok {
		return netip.Prefix{}, false
	}
	bits := a.BitLen()
	if hasMask {
		if bits, ok = maskBits(mask, a.BitLen()); !ok {
			return netip.Prefix{}, false
		}
	}
	n, err := a.Prefix(bits)
	return n, err == nil
}

func maskBits(s string, most int) (int, bool) {
	if n, ok := parseInt([]byte(s)); ok {
		return int(n), n >= 0 && int(n) <= most
	}
	m, ok := parseAddr([]byte(s))
	if !ok || m.BitLen() != most {
		return 0, false
	}
	bits, ended := 0, false
	for _, b := range m.AsSlice() {
		for i := 7; i >= 0; i-- {
			switch set := b>>i&1 == 1; {
			case set && ended:
				return 0, false
			case set:
				bits++
			default:
				ended = true
			}
		}
	}
	return bits, true
}
