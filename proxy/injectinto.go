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

// EndWait ends the wait for further branches of the transaction about, if there is one:
// nobody answers it, which counts as status. It is for a callback of its own.
func (p *Proxy) EndWait(l *loop.Loop, about tm.ID, status int) {
	s := p.on(l)
	if !s.tm.Live(about) {
		return
	}
	tx := s.txOf(about)
	if tx == nil {
		return
	}
	if b := tx.waitBranch(); b != nil {
		tx.running++
		b.fail(status)
		s.choose(l, tx)
		tx.running--
		s.release(l, tx)
	}
}
