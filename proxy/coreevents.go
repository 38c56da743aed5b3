package proxy

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/transport"
)

// TCPDisconnect is raised on the loop of a connection that has ended.
var TCPDisconnect = &event.Decl{
	Name: "E_CORE_TCP_DISCONNECT", Doc: "a connection, by which there was something to send or to read, has ended",
	Params: []event.Param{
		{Name: "src_ip", Doc: "address of the peer"}, {Name: "src_port", Doc: "its port"},
		{Name: "dst_ip", Doc: "our address"}, {Name: "dst_port", Doc: "our port"},
		{Name: "proto", Doc: "tcp"},
	},
}

var tcpDisconnectNames = TCPDisconnect.Names()

func (p *Proxy) tcpDisconnected(l *loop.Loop, proto transport.Proto, local, remote loop.Addr) {
	if !p.events.Wanted(TCPDisconnect.Name) {
		return
	}
	text := func(s string) script.Value { return script.StrValue([]byte(s)) }
	p.events.Raise(l, &event.Raised{Name: TCPDisconnect.Name, Names: tcpDisconnectNames, Values: []script.Value{
		text(string(remote.AppendIP(nil))), script.IntValue(int32(remote.Port())),
		text(string(local.AppendIP(nil))), script.IntValue(int32(local.Port())), text(proto.Param()),
	}})
}
