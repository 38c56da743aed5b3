package proxy

import (
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// build serialises r as it leaves for one target (RFC 3261 §16.6): the new R-URI,
// our Via, Record-Route and the contact's Path in front, the received Via completed, then what the
// script changed for all branches (r.Edits) and for this one (e). It leaves e as
// it was. Rr counts where r.rr is not set; more is header lines that go last.
func (s *shard) build(dst []byte, r *Request, t *Target, e *sipparse.Edits, rr *recordRoute, f *transport.Flow, branch, more []byte) []byte {
	m := &r.Msg
	mark := e.Mark()
	if t.hasURI {
		e.Replace(m.RequestURISpan(), t.uri)
	}
	s.lines = s.appendVia(s.lines[:0], f, branch)
	if r.rr.on {
		rr = &r.rr
	}
	if rr.on {
		s.lines = s.appendRecordRoute(s.lines, r, rr, f)
	}
	if path := t.Path(); path != nil {
		s.lines = append(append(append(s.lines, "Route: "...), path...), "\r\n"...)
	}
	e.Insert(m.TopViaInsertAt(), s.lines)
	if r.made {
		m.DeleteTopVia(e)
	}
	s.completeVia(r, e)
	if len(more) > 0 {
		e.AppendHeader(m, more)
	}
	dst = m.AppendEdited(dst, &r.Edits, e)
	e.Truncate(mark)
	return dst
}

func (s *shard) appendVia(dst []byte, f *transport.Flow, branch []byte) []byte {
	dst = append(dst, "Via: SIP/2.0/"...)
	dst = append(dst, f.Proto.String()...)
	dst = append(dst, ' ')
	dst = s.p.tr.Listener(f.Listener).AppendHostPort(dst, f.Local)
	dst = append(dst, ";branch="...)
	dst = append(dst, branch...)
	return append(dst, "\r\n"...)
}

// appendRecordRoute writes the Record-Route for the way out and, when the request
// came in by another listener, one for each side (RFC 5658).
func (s *shard) appendRecordRoute(dst []byte, r *Request, rr *recordRoute, f *transport.Flow) []byte {
	out := s.p.tr.Listener(f.Listener)
	if out == r.Listener || !rr.double {
		return s.appendRRLine(dst, r, rr, out, f, false)
	}
	dst = s.appendRRLine(dst, r, rr, out, f, true)
	return s.appendRRLine(dst, r, rr, r.Listener, &r.From, true)
}

func (s *shard) appendRRLine(dst []byte, r *Request, rr *recordRoute, ls *transport.Listener, f *transport.Flow, double bool) []byte {
	dst = append(dst, "Record-Route: <sip:"...)
	dst = ls.AppendHostPort(dst, f.Local)
	if ls.Proto() != transport.UDP {
		dst = append(append(dst, ";transport="...), ls.Proto().String()...)
	}
	dst = append(dst, ";lr"...)
	if double {
		dst = append(dst, ";r2=on"...)
	}
	if from := r.Msg.From(); rr.fromTag && from != nil && !from.Tag.IsZero() {
		dst = append(append(dst, ";ftag="...), from.Tag.Of(r.Msg.Buf())...)
	}
	dst = append(dst, rr.params...)
	return append(dst, ">\r\n"...)
}

// completeVia adds received and rport to the sender's Via.
func (s *shard) completeVia(r *Request, e *sipparse.Edits) {
	fix := r.viaFix()
	port := 0
	if fix.rport {
		port = int(r.From.Remote.Port())
	}
	if fix.received {
		s.ipText = r.From.Remote.AppendIP(s.ipText[:0])
		r.Msg.SetReceived(e, s.ipText, port)
	}
}
