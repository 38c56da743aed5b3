package event_routing

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// Values of wait_for_event.
const (
	waitFailed  script.Ret = -1
	waitTooLate script.Ret = -2
)

// A wait is the operation of wait_for_event. It ends with the first event that matches.
type wait struct {
	module *Module
	topic  *topic
	me     listener
	got    *notice
	done   asyncops.Completion
}

var _ asyncops.Metered = (*wait)(nil)

// Backend is that of the event's name.
func (w *wait) Backend() *asyncops.Backend { return w.topic.backend }

// Start has it wait.
func (w *wait) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	w.done = c
	w.me.tell = w.tell
	if !w.topic.on(l).join(&w.me, w.topic) {
		c.Done(l, asyncops.Overloaded)
	}
}

// Cancel ends the waiting.
func (w *wait) Cancel(*loop.Loop) { w.me.leave() }

func (w *wait) tell(l *loop.Loop, n *notice) {
	w.me.leave()
	w.got = n
	w.done.Done(l, asyncops.Completed)
}

func (m *Module) waitForEvent(c *script.Ctx, event []byte, avp script.VarRef, seconds int32) script.Ret {
	t := m.topics.find(event)
	if t == nil || seconds < 0 {
		c.LogError("event_routing: cannot wait for %q for %d s", event, seconds)
		return waitFailed
	}
	list, ok := filters(c, avp)
	switch {
	case !ok:
		return waitFailed
	case seconds == 0:
		return waitTooLate
	}
	w := &wait{module: m, topic: t}
	w.me.filters = list
	return c.AwaitFor(w, woken, time.Duration(seconds)*time.Second)
}

// woken gives the run the attributes of its event.
func woken(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	w := op.(*wait)
	switch out {
	case asyncops.Completed:
		w.got.fill(w.module.registry, c)
		return 1
	case asyncops.TimedOut:
		return waitTooLate
	case asyncops.Overloaded:
		c.LogError("event_routing: too many wait for %q", w.topic.name)
	}
	return waitFailed
}
