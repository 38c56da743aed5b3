package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func functions() []*script.Func {
	return []*script.Func{
		script.Func1("forward", "Send the request on without state, to a destination, else to $du or $ru. 1 sent, or answered because it must not go on; -2 bad destination, -3 cancelled meanwhile, -4 unresolvable, -6 no socket can send there.", script.R|script.F|script.B|script.E,
			script.Opt(script.Str("destination", "[proto:]host[:port], or a URI; it becomes $du")), forward).MayWait(),
		script.Func2("is_myself", "Whether host (and port) is an address of this proxy.", script.All,
			script.Str("host", "name or address"), script.OptInt("port", "port; 0 for any", 0), isMyself),
		script.Func1("seturi", "Set the R-URI.", script.R|script.F|script.B, script.Str("uri", "new R-URI"), setURI),
		script.Func0("revert_uri", "Set the R-URI to the received one.", script.R|script.F|script.B, revertURI),
		script.Func1("setdsturi", "Set the destination URI ($du).", script.R|script.F|script.B, script.Str("uri", "destination"), setDstURI),
		script.Func0("resetdsturi", "Unset the destination URI.", script.R|script.F|script.B, resetDstURI),
		script.Func0("isdsturiset", "Whether a destination URI is set.", script.R|script.F|script.B, isDstURISet),
		script.Func0("force_rport", "Answer to the source port, as if the Via had rport.", script.R|script.F, forceRport),
	}
}

func forward(c *script.Ctx, to []byte) script.Ret {
	x := proxy.From(c)
	if to == nil {
		return x.Forward()
	}
	return x.ForwardTo(to)
}

func isMyself(c *script.Ctx, host []byte, port int32) script.Ret {
	if proxy.From(c).Proxy().Transport().IsMineAnyPort(host, int(port)) {
		return 1
	}
	return -1
}

func setURI(c *script.Ctx, uri []byte) script.Ret {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return -1
	}
	proxy.From(c).Target.SetURI(uri)
	return 1
}

func revertURI(c *script.Ctx) script.Ret {
	proxy.From(c).Target.RevertURI()
	return 1
}

func setDstURI(c *script.Ctx, uri []byte) script.Ret {
	proxy.From(c).Target.SetDst(uri)
	return 1
}

func resetDstURI(c *script.Ctx) script.Ret {
	proxy.From(c).Target.SetDst(nil)
	return 1
}

func isDstURISet(c *script.Ctx) script.Ret {
	if proxy.From(c).Target.Dst() != nil {
		return 1
	}
	return -1
}

func forceRport(c *script.Ctx) script.Ret {
	proxy.From(c).ForceRport()
	return 1
}
