package proxy

import (
	"time"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A program is one version of the script with its entry points. Runs and
// transactions pin the version they began on; a reload swaps a pointer.
type program struct {
	script  *script.Program
	main    int32
	onReply int32 // the global onreply_route; -1 for none
	local   int32 // local_route; -1 for none
	startup int32 // startup_route; -1 for none
	timers  []timerWanted

	showReply, showRequest int32 // local_reply_route, local_request_route; -1 for none
}

// A timerWanted is a timer_route of a script.
type timerWanted struct {
	name     string
	interval time.Duration
}

func newProgram(p *script.Program, set *Settings) *program {
	named := func(name string) int32 {
		if name == "" {
			return -1
		}
		return p.Route(syntax.RequestRoute, name)
	}
	var timers []timerWanted
	for _, r := range p.Routes() {
		if r.Kind == syntax.TimerRoute {
			timers = append(timers, timerWanted{r.Name, time.Duration(r.Interval) * time.Second})
		}
	}
	return &program{
		script:  p,
		main:    p.Route(syntax.RequestRoute, ""),
		onReply: p.Route(syntax.OnReplyRoute, ""),
		local:   p.Route(syntax.LocalRoute, ""),
		startup: p.Route(syntax.StartupRoute, ""),
		timers:  timers,

		showReply: named(set.LocalReplyRoute), showRequest: named(set.LocalRequestRoute),
	}
}

func (p *Proxy) program() *program { return p.prog.Load() }

// Program returns the script that new messages run.
func (p *Proxy) Program() *script.Program { return p.program().script }

// SetProgram makes prog the script of messages that come from now on. What is under
// way (parked runs, transactions with their armed routes, launched operations)
// finishes on the version that it began on, which is forgotten with the last of
// them; the timer_routes of all loops follow. It must not be called on a loop.
func (p *Proxy) SetProgram(prog *script.Program) {
	p.prog.Store(newProgram(prog, &p.set))
	p.followProgram()
}
