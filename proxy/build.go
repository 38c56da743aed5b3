package proxy

import (
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// build serialises r as it leaves for one target (RFC 3261 §16.6): the new R-URI,
// our Via, Record-Route and Path in front, the Routes of the target's path, the
// received Via completed, then what the script changed for all branches (r.Edits) and
// for this one (e). It leaves e as it was. Rr counts where r.rr is not set; lines is
// headers that go last.
func (s *shard) build(dst []byte, r *Request, t *Target, e *sipparse.Edits, rr *RouteLine, more []byte, f *transport.Flow, branch, lines []byte) []byte {
	m := &r.Msg
	mark := e.Mark()
	s.putRequestURI(r, t, e)
	s.lines = s.appendVia(s.lines[:0], r, f, branch)
	if r.rr.on {
		rr = &r.rr
	}
	if rr.on {
		s.lines = s.appendRecordRoute(s.lines, r, rr, more, t, f)
	}
	hasPath := r.path != nil && r.path.on
	if hasPath {
		s.lines = s.appendPath(s.lines, r, f)
	}
	e.Insert(topAt(m, rr.on, hasPath), s.lines)
	if r.made {
		m.DeleteTopVia(e)
	}
	s.putPathRoutes(m, t, e)
	s.completeVia(r, e)
	if len(t.credentials) > 0 {
		e.AppendHeader(m, t.credentials)
	}
	if len(lines) > 0 {
		e.AppendHeader(m, lines)
	}
	dst = appendEdited(dst, m, &r.Edits, e, f)
	e.Truncate(mark)
	return dst
}

// topAt returns where the new Via goes, and with it the new Record-Route and Path:
// above all others of their kind.
func topAt(m *sipparse.Msg, rr, path bool) uint32 {
	at := m.TopViaInsertAt()
	if i := m.Find(sipparse.HdrRecordRoute, 0); rr && i >= 0 {
		at = min(at, m.Header(i).Line.Off)
	}
	if i := m.Find(sipparse.HdrPath, 0); path && i >= 0 {
		at = min(at, m.Header(i).Line.Off)
	}
	return at
}

// putPathRoutes writes the path of a target as Route headers above those that there
// are (RFC 3327 §5.3).
func (s *shard) putPathRoutes(m *sipparse.Msg, t *Target, e *sipparse.Edits) {
	if len(t.path) == 0 {
		return
	}
	s.lines = append(append(append(s.lines[:0], "Route: "...), t.path...), "\r\n"...)
	at := m.HeadersEnd()
	if i := m.Find(sipparse.HdrRoute, 0); i >= 0 {
		at = m.Header(i).Line.Off
	}
	e.Insert(at, s.lines)
}

// appendEdited writes m as it leaves by f: on a stream the Content-Length has to be there.
func appendEdited(dst []byte, m *sipparse.Msg, a, b *sipparse.Edits, f *transport.Flow) []byte {
	if f.Proto.Reliable() {
		return m.AppendEditedStream(dst, a, b)
	}
	return m.AppendEdited(dst, a, b)
}

func (s *shard) appendVia(dst []byte, r *Request, f *transport.Flow, branch []byte) []byte {
	dst = append(dst, "Via: SIP/2.0/"...)
	dst = append(dst, f.Proto.String()...)
	dst = append(dst, ' ')
	dst = r.adv.appendHostPort(dst, s.p.tr.Listener(f.Listener), f)
	dst = append(dst, ";branch="...)
	dst = append(dst, branch...)
	if r.localRport {
		dst = append(dst, ";rport"...)
	}
	return append(dst, "\r\n"...)
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
