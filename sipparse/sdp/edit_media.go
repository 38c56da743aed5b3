package sdp

import "github.com/fastsips/fastsips/sipparse"

// SetPort gives media i another port, and leaves the number of ports. It returns
// false if there is no such media, or it is disabled: a rejected media stays so.
func (s *Session) SetPort(e *sipparse.Edits, i int, port uint16) bool {
	var m Media
	if !s.live(e, i, &m) || s.disabled(e, &m) {
		return false
	}
	s.putPort(e, &m, port)
	return true
}

// DisableMedia sets the port of media i to 0; false if there is no such media.
func (s *Session) DisableMedia(e *sipparse.Edits, i int) bool {
	var m Media
	if !s.live(e, i, &m) {
		return false
	}
	s.disable(e, &m)
	return true
}

func (s *Session) disable(e *sipparse.Edits, m *Media) {
	if !s.disabled(e, m) {
		s.putPort(e, m, 0)
	}
}

func (s *Session) putPort(e *sipparse.Edits, m *Media, port uint16) {
	var text [5]byte
	s.put(e, m.PortSpan, sipparse.AppendUint(text[:0], uint64(port)))
}

// DeleteMedia removes media i, broken or not, with all of its lines and all edits of
// it; false if there is none. It is for offers: an answer has as many m= lines as its
// offer (RFC 3264 §6).
func (s *Session) DeleteMedia(e *sipparse.Edits, i int) bool {
	if i < 0 || i >= s.media || s.Deleted(e, i) {
		return false
	}
	e.Delete(s.section(i))
	return true
}
