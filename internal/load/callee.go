package load

import "bytes"

// serve is the callee's side.
func (r *run) serve(s *socket, m []byte) {
	f := &r.fields
	f.parse(m)
	switch {
	case bytes.HasPrefix(m, []byte("INVITE ")):
		r.res.Received++
		r.res.Invites++
		s.send(r.w.response(s.buffer(), "180 Ringing", s, f, true, ""))
		s.send(r.w.response(s.buffer(), "200 OK", s, f, true, sdp))
	case bytes.HasPrefix(m, []byte("BYE ")):
		s.send(r.w.response(s.buffer(), "200 OK", s, f, false, ""))
	case bytes.HasPrefix(m, []byte("ACK ")):
		r.res.Acks++
	case bytes.HasPrefix(m, []byte("OPTIONS ")):
		r.res.Received++
		s.send(r.w.response(s.buffer(), "200 OK", s, f, true, ""))
	default:
		r.res.Unexpected++
	}
}
