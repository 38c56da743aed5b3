package sipparse

// A plain is a set of characters, one bit of plains: those that stand for
// themselves somewhere in a URI, where all others are written as "%" HEXDIG HEXDIG.
type plain uint8

const (
	plainUser   plain = 1 << iota // unreserved / user-unreserved; RFC 3261 §25.1
	plainParam                    // unreserved / param-unreserved
	plainHeader                   // unreserved / hnv-unreserved
	plainAoR                      // of the user in an address of record: see AppendAoR
	plainTel                      // of the parts of a number in an address of record
	reserved                      // an escape that is not the same as its character
	separator                     // visual-separator of a telephone number; RFC 3966 §3
)

const (
	mark      = "-_.!~*'()" // unreserved = alphanum / mark
	lowerHex  = "0123456789abcdef"
	upperHex  = "0123456789ABCDEF"
	escapeLen = 3     // "%" HEXDIG HEXDIG
	escaped   = 0x100 // marks a reserved character that was escaped
)

var plains = func() (t [256]plain) {
	for i := range t {
		c := byte(i)
		unreserved := isAlpha(c) || isDigit(c) || oneOf(c, mark)
		aor := ' ' < c && c < 0x7f && !oneOf(c, `%@:<>"`)
		for _, x := range [...]struct {
			plain
			in bool
		}{
			{plainUser, unreserved || oneOf(c, "&=+$,;?/")},
			{plainParam, unreserved || oneOf(c, "[]/:&+$")},
			{plainHeader, unreserved || oneOf(c, "[]/?:+$")},
			{plainAoR, aor},
			{plainTel, aor && c != ';'},
			{reserved, oneOf(c, ";/?:@&=+$,")},
			{separator, oneOf(c, "-.()")},
		} {
			if x.in {
				t[i] |= x.plain
			}
		}
	}
	return t
}()

// AppendUnescaped appends b with each %xx replaced by its character, whatever that
// is: the result may contain NUL and line ends. A "%" without two hex digits behind
// it stays.
func AppendUnescaped(dst, b []byte) []byte {
	for p := 0; p < len(b); {
		c, n := unescape(b, p)
		dst = append(dst, c)
		p += n
	}
	return dst
}

// WellEscaped reports whether each "%" in b begins an escape.
func WellEscaped(b []byte) bool {
	for p := 0; p < len(b); {
		c, n := unescape(b, p)
		if c == '%' && n == 1 {
			return false
		}
		p += n
	}
	return true
}

// AppendEscapedUser appends b as the user part of a SIP URI: what is not unreserved
// or user-unreserved (RFC 3261 §25.1) becomes %xx, in lower case.
func AppendEscapedUser(dst, b []byte) []byte { return appendEscaped(dst, b, plainUser) }

// AppendEscapedParam appends b as the name or the value of a URI parameter: what is
// not unreserved or param-unreserved becomes %xx.
func AppendEscapedParam(dst, b []byte) []byte { return appendEscaped(dst, b, plainParam) }

// AppendEscapedHeader appends b as the name or the value of a URI header: what is
// not unreserved or hnv-unreserved becomes %xx.
func AppendEscapedHeader(dst, b []byte) []byte { return appendEscaped(dst, b, plainHeader) }

func appendEscaped(dst, b []byte, x plain) []byte {
	for _, c := range b {
		if plains[c]&x != 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', lowerHex[c>>4], lowerHex[c&15])
		}
	}
	return dst
}

// unescape returns the character at p and the length of what stands for it. A
// broken escape is a "%" and what follows it.
func unescape(b []byte, p int) (c byte, n int) {
	if b[p] != '%' || p+2 >= len(b) {
		return b[p], 1
	}
	high, ok1 := hexDigit(b[p+1])
	low, ok2 := hexDigit(b[p+2])
	if !ok1 || !ok2 {
		return '%', 1
	}
	return high<<4 | low, escapeLen
}

func hexDigit(c byte) (v byte, ok bool) {
	switch l := c | 0x20; {
	case isDigit(c):
		return c - '0', true
	case 'a' <= l && l <= 'f':
		return l - 'a' + 10, true
	}
	return 0, false
}
