package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/tm"
)

// InjectInto adds branches to the transaction about, beside those that are under way, and
// sends them, without any route of the script: what t_inject_branches does in the route of
// a notification. Fill adds them, by AddBranch. It is for a callback of its own, not for
// one in which a script runs. False: the transaction needs no more of them.
func (p *Proxy) InjectInto(l *loop.Loop, about tm.ID, fill func(*Context)) bool {
	s := p.on(l)
	j := s.newJob()
	j.about = about
	x := s.jobContext(l, p.program(), forNotify, syntax.RequestRoute, j)
	if x.injectable() == nil {
		x.end()
		return false
	}
	fill(x)
	ret := x.Inject(false, false)
	if ret == script.Waiting {
		x.settle(script.Suspended)
		return true
	}
	x.end()
	return ret > 0
}
