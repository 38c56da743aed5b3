package core

import (
	"errors"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/transport"
)

// socketVars are the sockets that a message came by and leaves by, and where the
// target in hand leads.
func socketVars() []*script.Var {
	return []*script.Var{
		{Name: "socket_in", Doc: "socket that took the message, proto:ip:port; $socket_in(field): its ip, port, proto, advertised_ip, advertised_port, tag, anycast, af",
			Inner: script.OptionalInner, Bind: bindSocketField, Get: getSocketIn},
		{Name: "socket_out", Doc: "socket that the message leaves by: the one that took it, or the one that the script forces by writing it, and NULL to leave it to the proxy again. Its fields are those of $socket_in, and forced, which is NULL for one that is not forced",
			Inner: script.OptionalInner, Bind: bindSocketOutField, Get: getSocketOut, Set: setSocketOut},
		{Name: "fs", Doc: "socket that the script forced, as $socket_out(forced)", Get: func(c *script.Ctx, a *script.Arg) script.Value { return getForced(c, a) }, Set: setSocketOut},
		{Name: "path", Doc: "path of the R-URI: Route headers that are sent, to the first of which it goes unless $du is set", Get: getPath, Set: setPath},
	}
}

// A socketField reads one thing of a socket; local is the address of a wildcard one.
type socketField func(c *script.Ctx, ls *transport.Listener, local loop.Addr) script.Value

var socketFields = map[string]socketField{
	"ip": func(c *script.Ctx, ls *transport.Listener, local loop.Addr) script.Value {
		return script.StrValue(appendIP(c, addrOf(ls, local)))
	},
	"port": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		return script.IntValue(int32(ls.Addr().Port()))
	},
	"proto": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		return script.StrValue([]byte(ls.ProtoName()))
	},
	"advertised_ip": func(c *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		return text(append(c.Alloc(len(ls.Advertised()))[:0], ls.Advertised()...))
	},
	"advertised_port": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		if ls.Port() == ls.Addr().Port() {
			return script.Null
		}
		return script.IntValue(int32(ls.Port()))
	},
	"tag": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value { return text(ls.Tag()) },
	"anycast": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		return bit(ls.Anycast())
	},
	"af": func(_ *script.Ctx, ls *transport.Listener, _ loop.Addr) script.Value {
		if ls.Addr().Is4() {
			return script.StrValue([]byte("INET"))
		}
		return script.StrValue([]byte("INET6"))
	},
}

func bindSocketField(inner string) (any, error) {
	f := socketFields[inner]
	if inner == "" {
		return nil, nil
	}
	if f == nil {
		return nil, errors.New("it is ip, port, proto, advertised_ip, advertised_port, tag, anycast or af")
	}
	return f, nil
}

// forcedField is the key of $socket_out(forced).
type forcedField struct{}

func bindSocketOutField(inner string) (any, error) {
	if inner == "forced" {
		return forcedField{}, nil
	}
	return bindSocketField(inner)
}

func addrOf(ls *transport.Listener, local loop.Addr) loop.Addr {
	if local.IsValid() {
		return local
	}
	return ls.Addr()
}

func getSocketIn(c *script.Ctx, a *script.Arg) script.Value {
	x := proxy.From(c)
	return socketValue(c, a, x.Listener(), x.Source().Local)
}

// getSocketOut reads the forced socket, else the one that took the message.
func getSocketOut(c *script.Ctx, a *script.Arg) script.Value {
	if _, ok := a.Key.(forcedField); ok || string(a.Name) == "forced" {
		return getForced(c, &noIndex)
	}
	x := proxy.From(c)
	ls, local := x.Socket()
	if ls == nil {
		ls, local = x.Listener(), x.Source().Local
	}
	return socketValue(c, a, ls, local)
}

// getForced is the socket that the script forced, NULL without one.
func getForced(c *script.Ctx, a *script.Arg) script.Value {
	ls, local := proxy.From(c).Socket()
	if ls == nil {
		return script.Null
	}
	return socketValue(c, a, ls, local)
}

func socketValue(c *script.Ctx, a *script.Arg, ls *transport.Listener, local loop.Addr) script.Value {
	if f, ok := a.Key.(socketField); ok {
		return f(c, ls, local)
	}
	if f := socketFields[string(a.Name)]; f != nil {
		return f(c, ls, local)
	}
	if a.Name != nil {
		return script.Null
	}
	addr := addrOf(ls, local).WithPort(ls.Addr().Port())
	b := append(c.Alloc(maxIPText + len("sctp:[]:65535"))[:0], ls.ProtoName()...)
	return script.StrValue(addr.AppendTo(append(b, ':')))
}

// setSocketOut takes proto:host:port; NULL leaves the choice to the proxy again.
func setSocketOut(c *script.Ctx, a *script.Arg, v script.Value) bool {
	x := proxy.From(c)
	switch {
	case x.Target == nil || a.Name != nil:
		return false
	case v.Kind == script.NullKind:
		x.Target.SetSocket(nil)
		return true
	}
	return v.Kind == script.StrKind && x.ForceSocket(v.Str)
}

func getPath(c *script.Ctx, _ *script.Arg) script.Value {
	if x := proxy.From(c); x.Target != nil {
		return text(x.Target.Path())
	}
	return script.Null
}

// setPath takes a list of <uri>, as Path headers have it; NULL removes it.
func setPath(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	x := proxy.From(c)
	return x.Target != nil && setBranchPath(c, x.Target, v)
}
