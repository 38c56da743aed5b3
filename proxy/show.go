package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// show runs route[…] on a copy of a message that is sent from here: local_reply_route and
// local_request_route. The run looks on: it has no transaction and no AVPs, and what it
// changes goes nowhere.
func (s *shard) show(l *loop.Loop, prog *program, route int32, text []byte, depth uint8) {
	if route < 0 {
		return
	}
	m := s.newMessage(nil, s.p.tr.Listeners()[0])
	m.own = append(m.own[:0], text...)
	if m.Msg.Parse(m.own) != sipparse.OK {
		s.endMessage(l, m)
		return
	}
	x := s.newContext(l, prog, forShow, syntax.RequestRoute)
	if m.Msg.IsRequest() {
		x.Req, x.Edits = s.newRequest(m), &m.Edits
	} else { // functions for requests find one that does no harm
		x.Req, x.Rpl, x.Edits = s.dummyRequest(), m, &m.Edits
	}
	x.Req.depth = depth
	x.Target = &x.Req.Target
	x.useAVPs(nil)
	x.start(route)
}

func (s *shard) endShow(l *loop.Loop, x *Context) {
	if x.Rpl != nil {
		s.endMessage(l, x.Rpl)
	}
	s.endRequest(l, x.Req)
}
