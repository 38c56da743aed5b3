package core

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

func (m management) eventCommands() []*mi.Command {
	name := mi.Str("event", "its name")
	socket := mi.Str("socket", "protocol:address, such as udp:192.0.2.1:9000")
	return []*mi.Command{
		{Name: "evi:subscribe", Aliases: []string{"event_subscribe"}, Doc: "Have a socket told of an event, for an hour if nothing else is said.", Recipes: []mi.Recipe{
			mi.Recipe2(name, socket, func(ctx context.Context, event, socket string) (any, error) {
				return m.subscribe(ctx, event, socket, defaultExpire)
			}),
			mi.Recipe3(name, socket, mi.Int("expire", "seconds; 0: for ever"), m.subscribe)}},
		{Name: "evi:list", Aliases: []string{"events_list"}, Doc: "List the events that modules, event_routes or subscriptions know.", Recipes: []mi.Recipe{
			mi.Recipe0(m.events)}},
		{Name: "evi:subscribers", Aliases: []string{"subscribers_list"}, Doc: "List who has subscribed, to what, for how long.", Recipes: []mi.Recipe{
			mi.Recipe0(func(ctx context.Context) (any, error) { return m.subscribers(ctx, "", "") }),
			mi.Recipe1(name, func(ctx context.Context, event string) (any, error) { return m.subscribers(ctx, event, "") }),
			mi.Recipe2(name, socket, m.subscribers)}},
		{Name: "evi:raise", Aliases: []string{"raise_event"}, Doc: "Raise an event.", Recipes: []mi.Recipe{
			mi.Recipe1(name, func(ctx context.Context, event string) (any, error) { return m.raise(ctx, event, nil) }),
			mi.Recipe2(name, mi.List("params", "its values, without names"), m.raise)}},
	}
}

// defaultExpire is for how many seconds management subscribes, as in OpenSIPS.
const defaultExpire = 3600

// eventLoop is the loop on which management raises and subscribes.
const eventLoop = 0

// onEventLoop has f run there.
func onEventLoop[T any](ctx context.Context, m management, f func(*loop.Loop) T) (x T, err error) {
	x, ok := loop.Ask(ctx, m.core.Group, eventLoop, f)
	if !ok {
		return x, noAnswer(eventLoop)
	}
	return x, nil
}

func (m management) subscribe(ctx context.Context, name, socket string, expire int) (any, error) {
	if expire < 0 {
		return nil, mi.Errorf(mi.CodeInvalidParams, "Invalid params").With("Negative expire value")
	}
	why, err := onEventLoop(ctx, m, func(l *loop.Loop) error { return m.core.Events.Subscribe(l.Now(), name, socket, expire) })
	if err = errors.Join(err, why); err != nil {
		return nil, mi.Errorf(400, "Bad parameter value").With(err.Error())
	}
	return nil, nil
}

// events lists the names: there may be more, which scripts make up.
func (m management) events(context.Context) (any, error) {
	names := map[string]bool{}
	for _, d := range m.core.Events.Declared() {
		names[d.Name] = true
	}
	for _, r := range m.core.Proxy().Program().Routes() {
		if r.Kind == syntax.EventRoute {
			names[r.Name] = true
		}
	}
	for _, s := range m.core.Events.Subscriptions(math.MinInt64) {
		names[s.Event] = true
	}
	list := []mi.Object{}
	for id, name := range slices.Sorted(maps.Keys(names)) {
		list = append(list, mi.Object{{Name: "name", Value: name}, {Name: "id", Value: id}})
	}
	return mi.Object{{Name: "Events", Value: list}}, nil
}

// A subscriberLine is one subscription; Expire is "never" or in seconds.
type subscriberLine struct {
	Socket string `json:"socket"`
	Expire any    `json:"expire"`
}

func (m management) subscribers(ctx context.Context, name, socket string) (any, error) {
	all, err := onEventLoop(ctx, m, func(l *loop.Loop) []event.Subscription { return m.core.Events.Subscriptions(l.Now()) })
	if err != nil {
		return nil, err
	}
	of := map[string][]subscriberLine{}
	for _, s := range all {
		if name != "" && s.Event != name || socket != "" && s.Socket != socket {
			continue
		}
		line := subscriberLine{s.Socket, "never"}
		if s.Seconds > 0 {
			line.Expire = s.Seconds
		}
		of[s.Event] = append(of[s.Event], line)
	}
	list := []mi.Object{}
	for _, n := range slices.Sorted(maps.Keys(of)) {
		list = append(list, mi.Object{{Name: "name", Value: n}, {Name: "Subscribers", Value: of[n]}})
	}
	return mi.Object{{Name: "Events", Value: list}}, nil
}

// raise gives the event strings, and numbers where the text is one.
func (m management) raise(ctx context.Context, name string, params []string) (any, error) {
	if len(name) == 0 || len(name) > event.MaxName || len(params) > event.MaxValues {
		return nil, mi.Errorf(400, "Bad parameter value")
	}
	r := event.Raised{Name: name}
	size := len(name)
	for _, p := range params {
		size += len(p)
	}
	if size > event.MaxText {
		return nil, mi.Errorf(400, "Bad parameter value").With("too long")
	}
	for _, p := range params {
		v := script.StrValue([]byte(p))
		var n int32
		if json.Unmarshal([]byte(p), &n) == nil {
			v = script.IntValue(n)
		}
		r.Values = append(r.Values, v)
	}
	_, err := onEventLoop(ctx, m, func(l *loop.Loop) bool {
		m.core.Events.Raise(l, &r)
		return true
	})
	return nil, err
}
