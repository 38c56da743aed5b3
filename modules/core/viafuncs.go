package core

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// viaFunctions are about where responses go, and connections.
func viaFunctions() []*script.Func {
	return []*script.Func{
		script.Func1("set_via_handling", "Treat the topmost Via of the request, and our own, in another way.", script.All,
			parsed("flags", "with commas between: force-rport: as force_rport(); add-local-rport: as add_local_rport(); force-tcp-alias: as force_tcp_alias(); reply-to-via: responses over UDP go to the address of the Via, not to where the request came from", parseViaHandling),
			setViaHandling),
		script.Func1("force_tcp_alias", "Use the connection that the message came by for requests to its sender, as if its Via had ;alias (RFC 5923). Of UDP nothing changes.", script.All,
			script.OptInt("port", "port of the sender that it stands for; omitted: that of the Via", 0), forceTCPAlias),
		script.Func1("tcp_close_conn", "Close the connection to a peer; what waits to be sent still leaves. -1: there is none.", script.All,
			script.Str("peer", "[proto:]address:port"), closeConn),
	}
}

// A viaStep is one of the things that set_via_handling() does.
type viaStep func(*proxy.Context)

var viaSteps = map[string]viaStep{
	"force-rport":     (*proxy.Context).ForceRport,
	"add-local-rport": (*proxy.Context).AddLocalRport,
	"reply-to-via":    (*proxy.Context).ReplyToVia,
	"force-tcp-alias": func(x *proxy.Context) { x.ForceAlias(0) },
}

func parseViaHandling(text []byte) (steps []viaStep, err error) {
	for _, name := range bytes.Split(text, []byte{','}) {
		name = bytes.TrimSpace(name)
		step := viaSteps[string(name)]
		if step == nil {
			return nil, &script.Refusal{Msg: fmt.Sprintf("unknown flag %q", name), Hint: "did you mean " + nearestViaFlag(string(name)) + "?"}
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func nearestViaFlag(name string) string {
	all := []string{"force-rport", "add-local-rport", "reply-to-via", "force-tcp-alias"}
	if near := syntax.Nearest(name, slices.Values(all)); near != "" {
		return near
	}
	return "force-rport, add-local-rport, reply-to-via or force-tcp-alias"
}

func setViaHandling(c *script.Ctx, steps []viaStep) script.Ret {
	x := proxy.From(c)
	if !x.HasRequest() {
		return -1
	}
	for _, do := range steps {
		do(x)
	}
	return 1
}

func forceTCPAlias(c *script.Ctx, port int32) script.Ret {
	if port>>16 != 0 {
		return -1
	}
	proxy.From(c).ForceAlias(uint16(port))
	return 1
}

func closeConn(c *script.Ctx, peer []byte) script.Ret { return yes(proxy.From(c).CloseConn(peer)) }
