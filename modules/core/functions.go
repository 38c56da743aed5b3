package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func functions() []*script.Func {
	return []*script.Func{
		script.Func1("forward", "Send the request on without state, to a destination, else to $du or $ru. 1 sent, or answered because it must not go on; -2 bad destination, -3 cancelled meanwhile, -4 unresolvable, -5 filtered by a blacklist, -6 no socket can send there; -1 where there is no request to forward.", script.All,
			script.Opt(script.Str("destination", "[proto:]host[:port], or a URI; it becomes $du")), forward).MayWait(),
		script.Func2("is_myself", "Whether host (and port) is an address of this proxy.", script.All,
			script.Str("host", "name or address"), script.OptInt("port", "port; 0 for any", 0), isMyself),
		script.Func1("setdsturi", "Set the destination URI ($du).", script.All, script.Str("uri", "destination"), setDstURI),
		script.Func0("resetdsturi", "Unset the destination URI.", script.All, resetDstURI),
		script.Func0("isdsturiset", "Whether a destination URI is set.", script.All, isDstURISet),
		script.Func0("force_rport", "Answer to the source port, as if the Via had rport.", script.All, forceRport),
	}
}

func forward(c *script.Ctx, to []byte) script.Ret {
	x := proxy.From(c)
	switch {
	case !x.HasRequest():
		return -1
	case to == nil:
		return x.Forward()
	}
	return x.ForwardTo(to)
}

func isMyself(c *script.Ctx, host []byte, port int32) script.Ret {
	return yes(proxy.From(c).Proxy().Transport().IsMineAnyPort(host, int(port)))
}

func setDstURI(c *script.Ctx, uri []byte) script.Ret {
	t := proxy.From(c).Target
	if t == nil {
		return -1
	}
	t.SetDst(uri)
	return 1
}

func resetDstURI(c *script.Ctx) script.Ret { return setDstURI(c, nil) }

func isDstURISet(c *script.Ctx) script.Ret {
	t := proxy.From(c).Target
	return yes(t != nil && t.Dst() != nil)
}

func forceRport(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	if !x.HasRequest() {
		return -1
	}
	x.ForceRport()
	return 1
}
