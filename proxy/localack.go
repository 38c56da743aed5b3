package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// acknowledge2xx sends the ACK to the 2xx of an INVITE that was made here, and keeps it
// for repetitions of the 2xx (RFC 3261 §13.2.2.4). Where the callee's address would have
// to be looked up it goes where the INVITE went.
func (s *shard) acknowledge2xx(l *loop.Loop, b *branch, m *Message) {
	if !s.tm.Live(b.client) {
		return
	}
	var d sipparse.Dialog
	w := s.wire(b.client)
	if !s.readSent(b.client) || d.FromResponse(&s.scratch, &m.Msg) != sipparse.OK {
		return // a 2xx without To or Contact: nobody to tell
	}
	s.scratch.Reset()
	f := s.flowInDialog(b, &d)
	s.local++
	branch := appendHex64(append(s.branchText[:0], branchCookie...), maphash.Comparable(s.hash, s.local))
	s.lines = s.appendVia(s.lines[:0], b.tx.Req, &f, branch)
	s.branchText = branch
	o := l.NewOut()
	text, err := d.AppendInDialog(o.Buf()[:0], &sipparse.RequestOptions{Method: []byte("ACK"), Vias: s.lines, Headers: b.tx.headers})
	if err != sipparse.OK {
		l.Free(o)
		return
	}
	o.Set(text)
	s.setBytes(b.client, text)
	w.flow, w.acks = f, true
	s.sendOut(l, &f, o, 0)
}

const branchCookie = "z9hG4bK"

// flowInDialog is the way to the first route of a dialog, or to its remote target.
func (s *shard) flowInDialog(b *branch, d *sipparse.Dialog) transport.Flow {
	to := d.RemoteTarget
	if uri, _, ok := cutRoute(d.Routes); ok && len(d.Routes) > 0 {
		to = uri
	}
	if h, ok := hopOf(to); ok && h.literal {
		if ls := s.p.leaveBy(&b.Target, b.tx.Req, &h); ls != nil {
			return flowTo(b.tx.Req, ls, &h)
		}
	}
	return b.flow
}
