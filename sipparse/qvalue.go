package sipparse

import "bytes"

// ParseQ reads a preference in thousandths, 0 to 1000:
//
//	qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) ; RFC 3261 §25.1
//
// and ".5", which some send.
func ParseQ(b []byte) (thousandths int, ok bool) {
	whole, frac := b, []byte(nil)
	if dot := bytes.IndexByte(b, '.'); dot >= 0 {
		whole, frac = b[:dot], b[dot+1:]
	}
	if len(whole) > 1 || len(frac) > 3 || len(whole)+len(frac) == 0 {
		return 0, false
	}
	n, f, ok := uint64(0), uint64(0), true
	if len(whole) > 0 {
		n, ok = number(whole, 1)
	}
	if len(frac) > 0 && ok {
		f, ok = number(frac, 999)
	}
	for range 3 - len(frac) {
		f *= 10
	}
	thousandths = int(n*1000 + f)
	if !ok || thousandths > 1000 {
		return 0, false
	}
	return thousandths, true
}

func (c *cursor) q(s Span) int {
	q, ok := ParseQ(s.Of(c.b))
	if !ok {
		c.fail()
	}
	return q
}
