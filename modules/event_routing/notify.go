package event_routing

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/tm"
)

// A subscription has a route run on each event that its filters match, until its time is
// over.
type subscription struct {
	module *Module
	proxy  *proxy.Proxy
	topic  *topic
	route  string
	about  tm.ID
	me     listener
}

func (m *Module) notifyOnEvent(c *script.Ctx, event []byte, avp script.VarRef, route script.RouteRef, seconds int32) script.Ret {
	x := proxy.From(c)
	t := m.topics.find(event)
	if t == nil || route.ID < 0 || seconds <= 0 {
		c.LogError("event_routing: cannot have route[%s] told of %q for %d s", route.Name, event, seconds)
		return -1
	}
	list, ok := filters(c, avp)
	if !ok {
		return -1
	}
	s := &subscription{module: m, proxy: x.Proxy(), topic: t, route: string(route.Name), about: x.TxID()}
	s.me.filters, s.me.tell = list, s.tell
	if !t.on(x.Loop()).join(&s.me, t) {
		c.LogError("event_routing: too many wait for %q", event)
		return -1
	}
	m.expiries.add(x.Loop(), s, time.Duration(seconds)*time.Second)
	return 1
}

func (s *subscription) tell(l *loop.Loop, n *notice) {
	s.proxy.Notify(l, &proxy.Notification{Event: n.event, Route: s.route, Depth: n.depth, About: s.about,
		Fill: func(c *script.Ctx) { n.fill(s.module.registry, c) }})
}

// expiries end subscriptions.
type expiries struct {
	kind timer.Kind
	on   loop.Local[armed]
}

// armed are the subscriptions of one loop, by number, which is what a timer refers to.
type armed struct {
	list   []*subscription
	unused []uint32
}

func newExpiries(g *loop.Group) *expiries {
	e := &expiries{on: loop.NewLocal[armed](g, nil)}
	e.kind = g.NewKind(func(l *loop.Loop, ref uint64) { e.on.On(l).end(uint32(ref)) })
	return e
}

func (e *expiries) add(l *loop.Loop, s *subscription, d time.Duration) {
	a := e.on.On(l)
	if len(a.unused) == 0 {
		a.unused = append(a.unused, uint32(len(a.list)))
		a.list = append(a.list, nil)
	}
	i := a.unused[len(a.unused)-1]
	a.unused = a.unused[:len(a.unused)-1]
	a.list[i] = s
	l.After(d, e.kind, uint64(i))
}

func (a *armed) end(i uint32) {
	a.list[i].me.leave()
	a.list[i] = nil
	a.unused = append(a.unused, i)
}
