package proxy

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/tm"
)

// A Notification has a run told of an event that another run has asked for
// (notify_on_event). It inherits nothing from it but the name of its transaction.
type Notification struct {
	Event string
	Route string // route[Route], of the script of the moment
	Depth int    // of the event, see event.Raised
	About tm.ID  // the transaction of the run that asked; 0: it had none

	Fill func(c *script.Ctx) // gives the run its $avp
}

// Notify runs the route of n on a dummy request. It is for a callback of its own, not
// for one in which a script runs. False: there is no such route, or too many run.
func (p *Proxy) Notify(l *loop.Loop, n *Notification) bool {
	s, prog := p.on(l), p.program()
	route := prog.script.Route(syntax.RequestRoute, n.Route)
	why := ""
	switch {
	case route < 0:
		why = "the script has no such route any more"
	case n.Depth >= event.MaxDepth:
		why = "routes raise each other's events without an end"
	case s.eventJobs >= p.set.MaxEvents:
		why = "too many routes of events are under way"
	}
	if why != "" {
		s.counters.EventDrops.Inc()
		s.eventLost(l, n.Event, why)
		return false
	}
	s.counters.Events.Inc()
	s.eventJobs++
	j := s.newJob()
	j.event, j.depth, j.about = n.Event, n.Depth+1, n.About
	s.runNotified(l, prog, route, j, n.Fill)
	return true
}

func (s *shard) runNotified(l *loop.Loop, prog *program, route int32, j *job, fill func(*script.Ctx)) {
	x := s.jobContext(l, prog, forNotify, syntax.RequestRoute, j)
	fill(x.run)
	x.start(route)
}

// injectable returns the transaction that Inject adds to, nil if there is none. From then
// on it lasts as long as the run.
func (x *Context) injectable() *Transaction {
	if x.why != forNotify {
		return x.Visible()
	}
	j, s := x.job, x.shard
	if j.pinned == nil && j.about != 0 && s.tm.Live(j.about) {
		if j.pinned = s.txOf(j.about); j.pinned != nil {
			j.pinned.running++
		}
	}
	return j.pinned
}
