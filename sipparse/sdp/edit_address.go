package sdp

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// SetAddress puts addr, an IP address or a host name, into all good c= lines of that
// level, instead of address, TTL and number; the address type becomes IP6 if addr
// has a colon, and otherwise IP4. It returns false if there is no such line: a media
// without one uses the session's.
func (s *Session) SetAddress(e *sipparse.Edits, level int, addr []byte) bool {
	if !oneWord(addr) || s.Deleted(e, level) {
		return false
	}
	found := false
	w := s.walk(level, 'c')
	for l := w.next(); l != nil; l = w.next() {
		var c Connection
		if s.connection(l.value(), &c) {
			s.putAddress(e, c.Where, addr)
			found = true
		}
	}
	return found
}

// SetOriginAddress puts addr into the o= line, as SetAddress does.
func (s *Session) SetOriginAddress(e *sipparse.Edits, addr []byte) bool {
	var o Origin
	if !oneWord(addr) || !s.Origin(&o) {
		return false
	}
	s.putAddress(e, sipparse.Span{Off: o.AddrType.Off, End: o.Address.End}, addr)
	return true
}

// putAddress writes addrtype SP address.
func (s *Session) putAddress(e *sipparse.Edits, where sipparse.Span, addr []byte) {
	text := append(s.scratch[:0], "IP4 "...)
	if bytes.IndexByte(addr, ':') >= 0 {
		text[2] = '6'
	}
	s.scratch = append(text, addr...)
	s.put(e, where, s.scratch)
}
