package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// forwardByVia sends a response to a statelessly forwarded request on to its
// second Via (RFC 3261 §16.11, §18.2.2).
func (s *shard) forwardByVia(l *loop.Loop, m *Message) {
	f, ok := s.viaFlow(l, m)
	if !ok || s.p.set.DisableStatelessForward {
		s.stray(l, m)
		return
	}
	s.sendOut(l, &f, s.withoutTopVia(l, m, &f), 0)
	s.counters.ForwardedReplies.Inc()
	s.endMessage(l, m)
}

// viaFlow reads the way to the second Via of m; false if it is no address, or there is
// no socket for it.
func (s *shard) viaFlow(l *loop.Loop, m *Message) (f transport.Flow, ok bool) {
	var via sipparse.Via
	buf := m.Msg.Buf()
	if !m.Msg.Via(1, &via) {
		return f, false
	}
	host := via.Host
	if !via.Received.IsZero() {
		host = via.Received
	}
	to, ok := loop.ParseIP(host.Of(buf))
	proto, known := transport.ProtoOf(via.Transport.Of(buf))
	if !ok || !known || to.IsUnspecified() {
		return f, false
	}
	port := via.Port
	if via.Rport != 0 && !proto.Reliable() {
		port = via.Rport
	}
	if port == 0 {
		port = int(proto.DefaultPort())
	}
	f = transport.Flow{Remote: to.WithPort(uint16(port)), Proto: proto}
	ls := s.p.tr.Pick(proto, f.Remote, m.Listener)
	if ls == nil {
		return f, false
	}
	f.Listener = ls.Index()
	if ls == m.Listener {
		f.Local = ls.Source(f.Remote, m.From.Local)
	}
	if proto.Reliable() {
		f.Conn = connOf(l, &m.Msg)
	}
	return f, true
}

// A request that is forwarded without state leaves the connection that it came by in
// our Via, as OpenSIPS does, for its responses. Nobody is led astray who makes one up:
// a connection to another address is not taken.
const connParam = "i"

// appendConn appends it to the branch of a Via.
func appendConn(branch []byte, r *Request) []byte {
	if r.From.Conn.IsZero() {
		return branch
	}
	return r.From.Conn.AppendTo(append(branch, ";"+connParam+"="...))
}

// connOf reads it from the top Via of a response.
func connOf(l *loop.Loop, m *sipparse.Msg) (id loop.StreamID) {
	via := m.TopVia()
	if via == nil {
		return id
	}
	var p sipparse.Param
	for it := sipparse.ParamsIn(m.Buf(), via.Params); it.Next(&p); {
		if string(p.Name.Of(m.Buf())) == connParam {
			return l.ParseStreamID(p.Value.Of(m.Buf()))
		}
	}
	return id
}
