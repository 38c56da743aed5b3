package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/timer"
)

// startupLoop is the loop that runs the startup_route.
const startupLoop = 0

// A startup belongs to that loop: it is the time before the first message is taken: while the startup_route runs,
// or waits, the listeners are not read. What comes meanwhile waits in the kernel.
type startup struct {
	limit timer.Handle
	ended bool
	late  bool // messages are taken without waiting for it any longer
}

// prepareStartup has the startup_route run first of all, before the group starts.
func (p *Proxy) prepareStartup() {
	if p.program().startup < 0 {
		if len(p.program().timers) > 0 {
			p.followProgram()
		}
		return
	}
	p.group.HoldInput()
	p.group.Mailbox(startupLoop).Post(&loop.Task{Run: p.runStartup})
}

func (p *Proxy) runStartup(l *loop.Loop) {
	s, prog := p.on(l), p.program()
	if d := p.set.StartupTime; d > 0 {
		p.startup.limit = l.After(d, p.kinds.startup, 0)
	}
	s.runJob(l, prog, forStartup, syntax.StartupRoute, prog.startup, s.newJob())
}

// startupLate fires when the startup_route has had its time.
func (p *Proxy) startupLate(*loop.Loop, uint64) {
	p.startup.late = true
	p.group.Logger().Warn("startup_route still waits: messages are taken without it", "startup_time", p.set.StartupTime.String())
	p.takeMessages()
}

// startupEnded is called on the startup loop when the route has ended.
func (p *Proxy) startupEnded(l *loop.Loop) {
	l.StopTimer(p.startup.limit)
	if p.startup.ended = true; !p.startup.late {
		p.takeMessages()
	}
}

// takeMessages has every loop read its listeners, and run its timer routes.
func (p *Proxy) takeMessages() {
	for i := range p.group.Len() {
		p.group.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) {
			l.ReleaseInput()
			p.on(l).followScript(l)
		}})
	}
}
