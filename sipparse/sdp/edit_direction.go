package sdp

import "github.com/fastsips/fastsips/sipparse"

// SetDirection makes d the direction of that level: in its first direction attribute,
// of which there is one afterwards, or in a new one. The session's does not
// count for media that have their own.
func (s *Session) SetDirection(e *sipparse.Edits, level int, d Direction) bool {
	if !s.hasLevel(level) || s.Deleted(e, level) {
		return false
	}
	set := false
	var a cur
	for it := s.attrsNow(e, level); it.next(&a); {
		if _, ok := directionOf(a.text); !ok {
			continue
		}
		if !set && a.line != nil {
			s.scratch = append(s.scratch[:0], d.String()...)
			s.put(e, a.line.value(), s.scratch)
			set = true
			continue
		}
		s.deleteAttr(e, level, &a, &it)
	}
	if !set {
		var text [len("sendrecv")]byte
		s.AddAttr(e, level, append(text[:0], d.String()...))
	}
	return true
}

// DirectionNow is Direction as e has made it.
func (s *Session) DirectionNow(e *sipparse.Edits, i int) Direction {
	for _, level := range [...]int{i, SessionLevel} {
		var a cur
		for it := s.attrsNow(e, level); it.next(&a); {
			if d, ok := directionOf(a.text); ok {
				return d
			}
		}
	}
	return SendRecv
}
