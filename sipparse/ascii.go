package sipparse

import (
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// A class is a set of characters, one bit of classes.
type class uint8

const (
	tokenChars   class = 1 << iota // alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~"; RFC 3261 §25.1
	schemeChars                    // ALPHA / DIGIT / "+" / "-" / "."
	hostChars                      // of hostname and IPv4address, and "_", which the DNS of this world contains
	ip6Chars                       // of an IPv6reference, without its brackets
	displayChars                   // not one of < > " , ; ?
)

// classes says which classes each character is in.
var classes = func() (t [256]class) {
	for i := range t {
		c := byte(i)
		alphanum := isAlpha(c) || isDigit(c)
		for _, x := range [...]struct {
			class
			in bool
		}{
			{tokenChars, alphanum || oneOf(c, "-.!%*_+`'~")},
			{schemeChars, alphanum || oneOf(c, "+-.")},
			{hostChars, alphanum || oneOf(c, "-._")},
			{ip6Chars, isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' || oneOf(c, ":.")},
			{displayChars, !oneOf(c, `<>",;?`)},
		} {
			if x.in {
				t[i] |= x.class
			}
		}
	}
	return t
}()

func oneOf(c byte, set string) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

// end returns the offset of the first byte of b at or after p that is not in x.
func (x class) end(b []byte, p int) int {
	for i, c := range b[p:] {
		if classes[c]&x == 0 {
			return p + i
		}
	}
	return len(b)
}

// stop returns the offset of the first byte of b at or after p that is white space or
// another control character, or one of four more: x, y, z, u are eight times the
// same character each. Where an element ends is as good as random, so that looking at
// bytes one by one costs a mispredicted branch; eight at a time cost none.
func stop(b []byte, p int, x, y, z, u uint64) int {
	for len(b)-p >= 8 {
		if m := stops(binary.LittleEndian.Uint64(b[p:]), x, y, z, u); m != 0 {
			return p + bits.TrailingZeros64(m)>>3
		}
		p += 8
	}
	var w uint64 // zeros, where b ends, are stops
	if n := len(b) - p; len(b) >= 8 && n > 0 {
		w = binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (8 - n))
	} else {
		for i, c := range b[p:] {
			w |= uint64(c) << (8 * i)
		}
	}
	return p + bits.TrailingZeros64(stops(w, x, y, z, u))>>3
}

// stops returns a word whose lowest bit is in the first byte of w that stop stops at.
func stops(w, x, y, z, u uint64) uint64 {
	x, y, z, u = x^w, y^w, z^w, u^w
	return ((w-(' '+1)*ones)&^w | (x-ones)&^x | (y-ones)&^y | (z-ones)&^z | (u-ones)&^u) & highs
}

// valueEnd ends a run of visible characters without , ; ", wordEnd one without < too,
// and uriEnd one without < > " and DEL.
func valueEnd(b []byte, p int) int { return stop(b, p, ','*ones, ';'*ones, '"'*ones, '"'*ones) }
func wordEnd(b []byte, p int) int  { return stop(b, p, ','*ones, ';'*ones, '"'*ones, '<'*ones) }
func uriEnd(b []byte, p int) int   { return stop(b, p, '<'*ones, '>'*ones, '"'*ones, 0x7f*ones) }

// all reports whether b is 1*x.
func (x class) all(b []byte) bool { return len(b) > 0 && x.end(b, 0) == len(b) }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isWS(c byte) bool    { return c == ' ' || c == '\t' }
func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// EqualFold reports whether a and b are equal but for the case of ASCII letters.
func EqualFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c != b[i] && lower(c) != lower(b[i]) {
			return false
		}
	}
	return true
}

// EqualFoldString is EqualFold for a name in the program.
func EqualFoldString(a []byte, s string) bool {
	if len(a) != len(s) {
		return false
	}
	for i, c := range a {
		if c != s[i] && lower(c) != lower(s[i]) {
			return false
		}
	}
	return true
}

// AppendUint appends n in decimal.
func AppendUint(dst []byte, n uint64) []byte {
	var tmp [20]byte
	i := len(tmp)
	for {
		i--
		tmp[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(dst, tmp[i:]...)
		}
	}
}

// ParseUint reads b as 1*DIGIT of at most max, which is below 2**60.
func ParseUint(b []byte, max uint64) (n uint64, ok bool) { return number(b, max) }

// number reads b as 1*DIGIT of at most max, which is below 2**32. Leading zeros
// do not count.
func number(b []byte, max uint64) (n uint64, ok bool) {
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n > max {
			return 0, false
		}
	}
	return n, len(b) > 0
}

// below returns the offset of the first byte less than limit, at most 128, in b at
// or after p; len(b) if there is none. It looks at sixteen bytes at a time.
func below(b []byte, p int, limit byte) int {
	lim := uint64(limit) * ones
	for ; len(b)-p >= 16; p += 16 {
		s := b[p:]
		v, w := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])
		if v = (v - lim) & ^v & highs; v != 0 {
			return p + bits.TrailingZeros64(v)>>3
		}
		if w = (w - lim) & ^w & highs; w != 0 {
			return p + 8 + bits.TrailingZeros64(w)>>3
		}
	}
	for i, c := range b[p:] {
		if c < limit {
			return p + i
		}
	}
	return len(b)
}

// control returns the offset of the first control character (but DEL) in b at or
// after p; len(b) if there is none.
func control(b []byte, p int) int { return below(b, p, ' ') }

// skipLWS returns the offset after the white space at p, folded lines included;
// LWS = [*WSP CRLF] 1*WSP.
func skipLWS(b []byte, p int) int {
	for p < len(b) {
		switch {
		case isWS(b[p]):
			p++
		case b[p] == '\r' && p+2 < len(b) && b[p+1] == '\n' && isWS(b[p+2]):
			p += 3
		default:
			return p
		}
	}
	return p
}

// trimLWS returns the end of b[from:end] without the white space there.
func trimLWS(b []byte, from, end int) int {
	for end > from && (isWS(b[end-1]) || b[end-1] == '\n' || b[end-1] == '\r') {
		end--
	}
	return end
}
