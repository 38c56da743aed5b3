package core

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func eventFunctions() []*script.Func {
	return []*script.Func{
		script.Func3("raise_event", "Raise an event: its event_route runs after this one, and whoever has subscribed is told. The values come in the order of the $avp, the newest first. "+
			"-1: an attribute has no name, or one that is no string, or there are too many.", script.All,
			script.Str("event", "name; it need not be declared"),
			script.Opt(script.AVP("attributes", "names of the values; where values is left out: the values, without names")),
			script.Opt(script.AVP("values", "values")), raiseEvent),
		script.Func3("subscribe_event", "Have a socket told of an event. -1: no loaded module sends to such a socket, or it is no good, or there are too many.", script.All,
			script.Str("event", "name"), script.Str("socket", "protocol:address, such as udp:192.0.2.1:9000"),
			script.OptInt("expire", "seconds; 0: for ever", 0), subscribeEvent),
	}
}

// raiseEvent gives everybody the values as they are now.
func raiseEvent(c *script.Ctx, name []byte, attrs, vals script.VarRef) script.Ret {
	x := proxy.From(c)
	bus := x.Proxy().Events()
	if len(name) == 0 || len(name) > event.MaxName {
		return -1
	}
	r := event.Raised{Name: string(name), Depth: x.EventDepth()}
	if !bus.Wanted(r.Name) {
		return 1
	}
	if !vals.Valid() {
		attrs, vals = script.VarRef{}, attrs
	}
	if !gather(c, &r, attrs, vals) {
		return -1
	}
	bus.Raise(x.Loop(), &r)
	return 1
}

// gather reads both lists. One that names too much is only worth a line of the log.
func gather(c *script.Ctx, r *event.Raised, attrs, vals script.VarRef) bool {
	if !vals.Valid() {
		return true
	}
	size := len(r.Name)
	for i := int32(0); ; i++ {
		v := vals.Element(c, i)
		if v.IsNull() {
			if attrs.Valid() && !attrs.Element(c, i).IsNull() {
				c.LogError("core: raise_event: %s has more names than values", r.Name)
			}
			return true
		}
		if i == event.MaxValues {
			c.LogError("core: raise_event: %s has more than %d values", r.Name, event.MaxValues)
			return false
		}
		if attrs.Valid() {
			n := attrs.Element(c, i)
			if n.Kind != script.StrKind {
				c.LogError("core: raise_event: value %d of %s has no name that is a string", i+1, r.Name)
				return false
			}
			r.Names = append(r.Names, string(n.Str))
			size += len(n.Str)
		}
		v.Str = c.Copy(v.Str)
		if size += len(v.Str); size > event.MaxText {
			c.LogError("core: raise_event: %s has more than %d bytes", r.Name, event.MaxText)
			return false
		}
		r.Values = append(r.Values, v)
	}
}

func subscribeEvent(c *script.Ctx, name, socket []byte, expire int32) script.Ret {
	x := proxy.From(c)
	if expire < 0 {
		c.LogError("core: subscribe_event: a negative time")
		return -1
	}
	if err := x.Proxy().Events().Subscribe(x.Loop().Now(), string(name), string(socket), int(expire)); err != nil {
		c.LogError("core: subscribe_event: %v", err)
		return -1
	}
	return 1
}
