package sipparse

import "bytes"

// A textRule says what does not matter when two texts are compared.
type textRule uint8

const (
	exact  textRule = iota // but for escapes
	folded                 // nor case
	digits                 // nor case and visual separators
)

const endOfText = -1

// equalText compares a and b character by character, with their escapes resolved.
func equalText(a, b []byte, r textRule) bool {
	if r != digits && !hasEscape(a) && !hasEscape(b) { // as most are
		return len(a) == len(b) && (r == folded && EqualFold(a, b) || bytes.Equal(a, b))
	}
	for i, j := 0, 0; ; {
		var x, y int
		x, i = r.next(a, i)
		y, j = r.next(b, j)
		if x != y {
			return false
		}
		if x == endOfText {
			return true
		}
	}
}

func hasEscape(b []byte) bool { return bytes.IndexByte(b, '%') >= 0 }

// next returns the character that counts at p or behind, and the offset after it: a
// reserved character that was escaped is not the same as one that was not.
func (r textRule) next(b []byte, p int) (c, next int) {
	for p < len(b) {
		x, n := unescape(b, p)
		p += n
		switch {
		case n == escapeLen && plains[x]&reserved != 0:
			return escaped | int(x), p
		case r == digits && plains[x]&separator != 0:
			continue
		case r != exact:
			x = lower(x)
		}
		return int(x), p
	}
	return endOfText, p
}
