package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// What responses made here say of their maker: Server (RFC 3261 §20.35) and, to help
// whoever reads a trace, Warning (§20.43; the code is that of OpenSIPS).

// sign returns the header lines of a response to r. A 100 goes no further than the next
// hop and is kept for as long as a run is parked: it stays as short as it can be.
func (s *shard) sign(r *Request, code int) []byte {
	if code == 100 || len(s.p.set.ServerLine) == 0 && !s.p.set.SIPWarning {
		return r.replyHeaders()
	}
	s.lines = append(append(s.lines[:0], r.replyHeaders()...), s.p.set.ServerLine...)
	if s.p.set.SIPWarning {
		s.lines = s.appendWarning(s.lines, r)
	}
	return s.lines
}

// appendWarning names where the request came from and where it would have gone.
func (s *shard) appendWarning(dst []byte, r *Request) []byte {
	dst = append(dst, "Warning: 392 "...)
	dst = s.p.tr.Listener(r.From.Listener).AppendHost(dst, r.From.Local)
	dst = append(dst, ` "fastsips: req_src_ip=`...)
	dst = append(r.From.Remote.AppendIP(dst), " req_src_port="...)
	dst = append(sipparse.AppendUint(dst, uint64(r.From.Remote.Port())), " in_uri="...)
	dst = append(appendQuotable(dst, r.Msg.RequestURI()), " out_uri="...)
	out := r.Target.uri
	if !r.Target.hasURI {
		out = r.Msg.RequestURI()
	}
	return append(appendQuotable(dst, out), '"', '\r', '\n')
}

// appendQuotable appends what can stand in a quoted string as it is.
func appendQuotable(dst, b []byte) []byte {
	if bytes.ContainsAny(b, "\"\\\r\n") {
		return append(dst, '?')
	}
	return append(dst, b...)
}
