package proxy

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Events are raised on a loop, which runs the event_route of each after the callback in
// hand, in their order. So what a route may ask of the call that the event is about is
// there. How many may wait or be parked on a loop is bounded.

// Events returns the event bus.
func (p *Proxy) Events() *event.Bus { return p.events }

// hasEventRoute reports whether the script of the moment has an event_route for name.
func (p *Proxy) hasEventRoute(name string) bool {
	return p.program().script.Route(syntax.EventRoute, name) >= 0
}

// eventRaised queues the route of r; false: too many are under way.
func (p *Proxy) eventRaised(l *loop.Loop, r *event.Raised) bool {
	s := p.on(l)
	switch {
	case r.Depth >= event.MaxDepth:
		s.counters.EventDrops.Inc()
		s.eventLost(l, r.Name, "event_routes raise each other without an end")
		return false
	case s.eventJobs >= p.set.MaxEvents:
		s.counters.EventDrops.Inc()
		s.eventLost(l, r.Name, "too many event_routes are under way")
		return false
	}
	s.raised = append(s.raised, s.copyEvent(r))
	s.counters.Events.Inc()
	if !s.raising {
		s.raising = true
		l.Defer(&s.raiseTask)
	}
	return true
}

// copyEvent makes what r's route needs outlive the one who raised it.
func (s *shard) copyEvent(r *event.Raised) *job {
	j := s.newJob()
	j.event, j.depth = r.Name, r.Depth+1
	s.eventJobs++
	n := 0
	for _, v := range r.Values {
		n += len(v.Str)
	}
	if cap(j.text) < n {
		j.text = make([]byte, 0, n)
	}
	for _, v := range r.Values {
		at := len(j.text)
		j.text = append(j.text, v.Str...)
		j.values = append(j.values, script.Value{Kind: v.Kind, Int: v.Int, Str: j.text[at:len(j.text):len(j.text)]})
	}
	j.names = append(j.names, r.Names...)
	return j
}

// eventLogPause keeps a flood of lost events out of the log.
const eventLogPause = int64(10e9)

func (s *shard) eventLost(l *loop.Loop, name, why string) {
	if s.lostAt != 0 && l.Now()-s.lostAt < eventLogPause {
		return
	}
	s.lostAt = l.Now()
	s.p.group.Logger().Warn("an event did not get to its event_route", "event", name, "why", why)
}

// runRaised runs what was raised before it was called; what is raised meanwhile waits.
func (s *shard) runRaised(l *loop.Loop) {
	list := s.raised
	s.raised, s.raisedSpare = s.raisedSpare[:0], nil
	s.raising = false
	for i, j := range list {
		list[i] = nil
		s.runEvent(l, j)
	}
	s.raisedSpare = list[:0]
}

func (s *shard) runEvent(l *loop.Loop, j *job) {
	prog := s.p.program()
	route := prog.script.Route(syntax.EventRoute, j.event)
	if route < 0 { // the script has been replaced meanwhile
		s.putJob(j)
		return
	}
	s.runJob(l, prog, forEvent, syntax.EventRoute, route, j)
}

// EventDepth is how many event_routes led to the run, each having raised the next one's
// event: what the run itself raises has it as its Depth. What lies between may also be a
// launched operation or a request made here.
func (x *Context) EventDepth() int {
	if x.Req == nil {
		return 0
	}
	return int(x.Req.depth)
}
