package sipparse

import "math"

// Number returns the value of a header that is one number of at most max: seconds
// in Expires, Min-Expires, Min-SE and Flow-Timer, a count in RSeq and Max-Breadth.
// Parameters behind it are passed over (RFC 4028 §5 has them).
//
// It returns ErrValue if the value is no such number, or if there are two such
// headers. Expires has a max of 2**32-1; who gets ErrValue may answer 400, or take
// DefaultExpires (RFC 3261 §20.19, RFC 4475 §3.1.2.4).
func (m *Msg) Number(t HdrType, max uint32) (n uint32, present bool, err Error) {
	c := m.only(t)
	n = c.digits(max)
	c.params()
	present, err = c.result(ErrValue)
	if err != OK {
		n = 0
	}
	return n, present, err
}

// Expires returns the seconds in the Expires header: see Number.
func (m *Msg) Expires() (seconds uint32, present bool, err Error) {
	return m.Number(HdrExpires, math.MaxUint32)
}
