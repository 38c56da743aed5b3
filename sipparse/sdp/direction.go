package sdp

import "github.com/fastsips/fastsips/sipparse"

// A Direction says which way media flow, as their sender sees it; RFC 8866 §6.7.
type Direction uint8

// The directions; without an attribute it is SendRecv.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
	numDirections
)

var directionNames = [numDirections]string{"sendrecv", "sendonly", "recvonly", "inactive"}

// String returns the attribute's name.
func (d Direction) String() string { return directionNames[d] }

// directionOf reads an attribute's text.
func directionOf(text []byte) (Direction, bool) {
	for d := range numDirections {
		if sipparse.EqualFoldString(trim(text), directionNames[d]) {
			return d, true
		}
	}
	return SendRecv, false
}

// Direction returns the direction of media i: its own, or else the session's. Of
// several attributes the first counts.
func (s *Session) Direction(i int) Direction {
	d, ok := s.direction(i)
	if !ok && i != SessionLevel {
		d, _ = s.direction(SessionLevel)
	}
	return d
}

func (s *Session) direction(level int) (d Direction, ok bool) {
	var a Attr
	for it := s.Attrs(level); it.Next(&a); {
		if d, ok = directionOf(a.Text.Of(s.buf)); ok {
			return d, true
		}
	}
	return SendRecv, false
}

// Held reports whether media i is on hold: sendonly or inactive (RFC 3264 §8.4), or
// to be sent to no address, as RFC 2543 held calls.
func (s *Session) Held(i int) bool {
	var c Connection
	d := s.Direction(i)
	return d == SendOnly || d == Inactive || s.ConnectionOf(i, &c) && c.IsUnspecified(s.buf)
}
