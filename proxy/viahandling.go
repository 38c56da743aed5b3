package proxy

import "github.com/fastsips/fastsips/loop"

// ForceRport treats the topmost Via as if it had an rport parameter (RFC 3581).
// It also counts for a transaction that is there already.
func (x *Context) ForceRport() {
	x.Req.forceRport, x.Req.viaFixes.known = true, false
	x.upstreamChanged()
}

// ReplyToVia sends responses over UDP to the address and port that the topmost Via names,
// if that is an address, and not to where the request came from: against RFC 3261 §18.2.2,
// for elements that listen elsewhere than they send from.
func (x *Context) ReplyToVia() {
	x.Req.replyToVia = true
	x.upstreamChanged()
}

func (x *Context) upstreamChanged() {
	if tx := x.Tx; tx != nil {
		tx.upstream = replyFlow(x.Req)
		if x.shard.tm.Live(tx.id) {
			x.shard.wire(tx.id).flow = tx.upstream
		}
	}
}

// ForceAlias has requests to the sender of the message in hand, at port or, for 0, at the
// port of its Via, leave by the connection that it came by (RFC 5923), whether it asks for
// that or not.
func (x *Context) ForceAlias(port uint16) {
	f := x.Source()
	if port == 0 {
		if v := x.Msg().TopVia(); v != nil {
			port = uint16(v.Port)
		}
	}
	if port == 0 {
		port = f.Proto.DefaultPort()
	}
	x.p.tr.ForceAlias(x.loop, f, port)
}

// CloseConn closes the connection that leads to peer, [proto:]address:port; false if there
// is none.
func (x *Context) CloseConn(peer []byte) bool {
	d, ok := parseDest(peer)
	if !ok || d.port == 0 {
		return false
	}
	addr, ok := loop.ParseIP(d.host)
	return ok && x.p.tr.CloseConn(x.loop, d.proto, !d.hasProto, addr.WithPort(uint16(d.port)))
}
