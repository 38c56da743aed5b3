package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// socketFunctions are about the way out: which socket, and what we are called there.
func socketFunctions() []*script.Func {
	return []*script.Func{
		script.Func1("force_send_socket", "Send by this socket what is forwarded. -1: there is none such. Replies leave by the socket that took the request.", script.All,
			script.Str("socket", "[proto:]host:port, or bond:name"), forceSendSocket),
		script.Func2("socket_belongs_to_bond", "Whether a socket is one of a bond. -1: it is not, or there is no such socket or bond.", script.All,
			script.Str("socket", "[proto:]host:port"), script.Str("bond", "name of the bond"), socketInBond),
		script.Func1("set_advertised_address", "Call us so in the Via and Record-Route of this request.", script.All, script.Str("host", "name or address"), setAdvertisedAddress),
		script.Func1("set_advertised_port", "Name this port in the Via and Record-Route of this request.", script.All, script.Str("port", "number"), setAdvertisedPort),
		script.Func0("add_local_rport", "Put rport into our own Via (RFC 3581).", script.All, addLocalRport),
		script.Func2("send", "Send the message as it was received, to a destination. -1: no destination, no way there, or bad headers.", script.All,
			script.Str("destination", "[proto:]host[:port]"), script.Opt(script.Str("headers", "whole header lines to put behind the first line")), send).MayWait(),
	}
}

func forceSendSocket(c *script.Ctx, socket []byte) script.Ret {
	return yes(proxy.From(c).ForceSocket(socket))
}

func socketInBond(c *script.Ctx, socket, bond []byte) script.Ret {
	return yes(proxy.From(c).Proxy().InBond(socket, bond))
}

func setAdvertisedAddress(c *script.Ctx, host []byte) script.Ret {
	x := proxy.From(c)
	return yes(x.HasRequest() && x.SetAdvertisedAddress(host))
}

func setAdvertisedPort(c *script.Ctx, port []byte) script.Ret {
	x := proxy.From(c)
	n, ok := sipparse.ParseUint(port, 65535)
	if !ok || n == 0 || !x.HasRequest() {
		return -1
	}
	x.SetAdvertisedPort(uint16(n))
	return 1
}

func addLocalRport(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	if !x.HasRequest() {
		return -1
	}
	x.AddLocalRport()
	return 1
}

func send(c *script.Ctx, to, headers []byte) script.Ret {
	if len(headers) > 0 && !sipparse.IsHeaderLines(headers) {
		return -1
	}
	return proxy.From(c).Send(to, headers)
}
