package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// runErrorRoute gives a request whose first line could be read, but not the rest, to
// error_route, which answers it or not. False: there is no error_route.
//
// The request has no transaction and gets none. What could not be read is not there:
// variables of it are NULL, functions that need it fail.
func (s *shard) runErrorRoute(l *loop.Loop, m *Message, err sipparse.Error) bool {
	prog := s.p.program()
	if prog.script.Route(syntax.ErrorRoute, "") < 0 || !m.Msg.IsRequest() || m.Msg.Method() == sipparse.Ack {
		return false
	}
	r := s.newRequest(m)
	x := s.newContext(l, prog, forRequest, syntax.ErrorRoute)
	x.Req, x.Target, x.Edits = r, &r.Target, &r.Edits
	x.useAVPs(s.avps.get())
	code := int32(err.Status())
	if code == 0 {
		code = 400
	}
	x.settle(x.run.StartFault(script.ParseFault(err.Reason(), code, err.Reason())))
	return true
}
