package sdp

import "github.com/fastsips/fastsips/sipparse"

// An Origin is the o= line: who made the session, and which version of it this is;
// RFC 8866 §5.2.
//
//	o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
type Origin struct {
	Username, ID, Version, NetType, AddrType, Address sipparse.Span
}

// Origin reads the o= line; false if there is none of six fields.
func (s *Session) Origin(o *Origin) bool {
	*o = Origin{}
	v := s.value('o')
	return !v.IsZero() && s.origin(v, o)
}

func (s *Session) origin(v sipparse.Span, o *Origin) bool {
	return spans(s.buf, v, &o.Username, &o.ID, &o.Version, &o.NetType, &o.AddrType, &o.Address)
}
