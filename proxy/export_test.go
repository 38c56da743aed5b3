package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// RunRequest parses raw and, unless bare, runs the main route on it: what the script
// costs, without the network around it.
func (p *Proxy) RunRequest(l *loop.Loop, raw []byte, bare bool) {
	s := p.on(l)
	m := s.newMessage(nil, p.tr.Listeners()[0])
	if m.Msg.Parse(raw) != sipparse.OK || m.Msg.Check() != sipparse.OK {
		panic("the message of the benchmark is broken")
	}
	r := s.newRequest(m)
	if bare {
		s.endRequest(l, r)
		return
	}
	x := s.newContext(l, s.p.program(), forRequest, syntax.RequestRoute)
	x.Req, x.Target, x.Edits = r, &r.Target, &r.Edits
	x.useAVPs(s.avps.get())
	x.start(x.prog.main)
}

// ParseURI is that of a run on l.
func (p *Proxy) ParseURI(l *loop.Loop, b []byte) (*sipparse.URI, bool) {
	return (&Context{shard: p.on(l)}).ParseURI(b)
}
