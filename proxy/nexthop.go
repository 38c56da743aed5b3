package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// A hop is a next hop: where the destination URI, or else the R-URI, points.
type hop struct {
	proto   transport.Proto
	addr    loop.Addr // with port; valid when literal
	host    []byte    // name to look up otherwise, valid until the next message
	port    uint16
	literal bool
	named   bool // the URI, or its domain, says by which protocol

	written uint16 // the port, if one is written
	given   bool   // a transport is written
	sips    bool
}

// nextHop reads the next hop of t (RFC 3261 §16.6 7, RFC 3263 §4): host or maddr,
// port, transport. It returns false for a URI that is not SIP.
func nextHop(r *Request, t *Target) (h hop, ok bool) { return hopOf(t.nextURI(r.Msg.RequestURI())) }

func hopOf(uri []byte) (h hop, ok bool) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || (u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS) {
		return h, false
	}
	h.sips = u.Scheme == sipparse.SchemeSIPS
	if h.proto, h.given, ok = transportOf(&u, uri); !ok {
		return h, false
	}
	h.named = h.given || h.sips
	h.host, h.written = u.Host.Of(uri), uint16(u.Port)
	if v, found := u.Param(uri, "maddr"); found && len(v) > 0 {
		h.host = v
	}
	h.settle()
	return h, len(h.host) > 0
}

// transportOf is RFC 3263 §4.1: what the URI says, else UDP. A SIPS URI goes by TLS,
// for which transport=tcp is another way to say it (RFC 3261 §19.1.2).
func transportOf(u *sipparse.URI, uri []byte) (p transport.Proto, given, ok bool) {
	p = transport.UDP
	v, given := u.Param(uri, "transport")
	if given {
		if p, ok = transport.ProtoOf(v); !ok {
			return p, true, false
		}
	}
	if u.Scheme != sipparse.SchemeSIPS {
		return p, given, true
	}
	switch {
	case !given, p == transport.TCP:
		return transport.TLS, given, true
	case p == transport.WS:
		return transport.WSS, given, true
	}
	return p, given, p == transport.TLS || p == transport.WSS
}

// settle fills in what follows from host, proto and the port that is written.
func (h *hop) settle() {
	if h.port = h.written; h.port == 0 {
		h.port = h.proto.DefaultPort()
	}
	if h.addr, h.literal = loop.ParseIP(h.host); h.literal {
		h.addr = h.addr.WithPort(h.port)
	}
}

// leaveBy returns the listener to reach h by: the one that the script forced, else
// the one the request came to, else any that can; nil if none can.
func (p *Proxy) leaveBy(t *Target, r *Request, h *hop) *transport.Listener {
	return p.sendingListener(t, r.Listener, h)
}

// flowTo returns the flow from ls to h; a wildcard listener sends from the address
// that the request came to, if it can.
func flowTo(r *Request, ls *transport.Listener, h *hop) transport.Flow {
	var received loop.Addr
	if ls == r.Listener {
		received = r.From.Local
	}
	return transport.Flow{Local: ls.Source(h.addr, received), Remote: h.addr, Listener: ls.Index(), Proto: h.proto}
}

// flowOf is the flow of t from ls to h: by a connection that is there, if t has the flag of
// tcp_no_new_conn_bflag.
func (p *Proxy) flowOf(t *Target, r *Request, ls *transport.Listener, h *hop) transport.Flow {
	f := flowTo(r, ls, h)
	f.NoDial = t.flags&p.set.NoDialOut != 0
	return f
}

// Forward sends the request in hand on without state (forward(), and an ACK to a
// 2xx): RFC 3261 §16.11. Not where a CANCEL came while the run was parked: its 487 has
// been sent.
func (x *Context) Forward() script.Ret {
	if x.Tx != nil && x.Tx.cancelled {
		return relayNoTarget
	}
	if rc, ok := x.admit(0); !ok {
		return rc
	}
	if x.tooBroad() {
		return x.refuseBreadth()
	}
	h, ok := nextHop(x.Req, x.Target)
	if !ok {
		return x.failed(relayBadMessage)
	}
	if h.literal {
		if x.shard.filtered(x.loop, x.p.set.Blacklists.besidesDNS(x.Req.lists), &h, x.draft()) {
			return x.failed(relayFiltered)
		}
		return x.forwardTo(&h)
	}
	if !x.p.canReach(&h) {
		return x.failed(relaySendFailed)
	}
	return x.run.Await(x.shard.locate(x.loop, &h, x.statelessSeed()), forwardFinish)
}

// statelessSeed makes every copy of a request, and its CANCEL and ACK, take the same way
// (RFC 3263 §4.2).
func (x *Context) statelessSeed() uint64 {
	s := x.shard
	s.branchText = s.seed.AppendStatelessBranch(s.branchText[:0], &x.Req.Msg)
	return maphash.Bytes(s.hash, s.branchText) | 1
}

func forwardFinish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	x, where := From(c), op.(*dns.Locate)
	h, found := located(where), out == asyncops.Completed
	cancelled := x.Tx != nil && x.Tx.cancelled
	filtered := found && !cancelled && x.shard.filtered(x.loop, x.Req.lists, &h, x.draft())
	if filtered && where.More() {
		return x.run.Await(where, forwardFinish)
	}
	where.Free(x.loop)
	switch {
	case cancelled:
		return relayNoTarget
	case filtered:
		return x.failed(relayFiltered)
	case !found:
		return x.failed(relayUnresolvable)
	}
	return x.forwardTo(&h)
}

// draft is what filtered looks at of a request that is forwarded without state.
func (x *Context) draft() draft {
	return draft{x.Req, x.Target, &x.shard.noEdits, &x.Req.rr, nil}
}

func (x *Context) forwardTo(h *hop) script.Ret {
	s, r := x.shard, x.Req
	ls := x.p.leaveBy(x.Target, r, h)
	if ls == nil {
		return x.failed(relaySendFailed)
	}
	f := x.p.flowOf(x.Target, r, ls, h)
	x.Target.pin(&f)
	o := x.loop.NewOut()
	s.branchText = s.seed.AppendStatelessBranch(s.branchText[:0], &r.Msg)
	s.branchText = appendConn(s.branchText, r)
	o.Set(s.build(o.Buf()[:0], r, x.Target, &s.noEdits, &r.rr, nil, &f, s.branchText, nil))
	r.sent = true
	s.counters.Forwarded.Inc()
	s.sendOut(x.loop, &f, o, 0)
	return 1
}
