// Package event_routing is OpenSIPS's event_routing module: a run of the script waits for
// an event, or has a route run on each that comes.
//
// Who waits stands in a list of its own loop, and is told there; loops share only the
// number of those who wait for an event. Events reach a loop as tasks, after the callback
// in which they are raised, and only where somebody waits for them.
package event_routing

import (
	"fmt"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Module is one loaded event_routing.
type Module struct {
	registry *script.Registry
	topics   *topics
	expiries *expiries
	lost     []*metrics.Counter // by the loop that raised
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	m.registry = e.Registry()
	filter := script.AVP("filter", "$avp whose values are attribute=pattern; a pattern is as of a shell")
	e.Funcs = append(e.Funcs,
		script.Func3("wait_for_event", "Park the run until an event comes that all filters match; its attributes are then the newest values of the $avp of their names. "+
			"-1: failed or cancelled, -2: none came in time.", script.All,
			script.Str("event", "its name"), filter, script.Int("timeout", "seconds; 0: -2 at once"), m.waitForEvent).MayWait(),
		script.Func4("notify_on_event", "Have a route run on each such event, on a dummy request with the attributes as $avp and nothing else. -1: no event, route or time, or too many.",
			script.R|script.F|script.O|script.B|script.V,
			script.Str("event", "its name"), filter, script.Route(syntax.RequestRoute, "route", "name of the route"), script.Int("timeout", "seconds after which it is over"), m.notifyOnEvent))
}

// Start makes what the loops have, and listens to the event bus.
func (m *Module) Start(e *module.Env) error {
	core := e.Shared.(*proxy.Core)
	m.topics = newTopics(core.Group, core.Ops)
	m.expiries = newExpiries(core.Group)
	m.lost = metrics.PerLoop[metrics.Counter](core.Group.Len())
	m.topics.overfull = func(l *loop.Loop) { m.lost[l.Index()].Inc() }
	core.Events.WatchBy(m.topics)
	return nil
}

// Report tells how many events found too many before them on a loop.
func (m *Module) Report(line func(string)) {
	n := uint64(0)
	for _, c := range m.lost {
		n += c.Load()
	}
	if n > 0 {
		line(fmt.Sprintf("event_routing lost=%d", n))
	}
}
