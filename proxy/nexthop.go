package proxy

import (
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
	named   bool // the URI says by which protocol
}

// nextHop reads the next hop of t (RFC 3261 §16.6 7, RFC 3263 §4): host or maddr,
// port, transport. It returns false for a URI that is not SIP.
func nextHop(r *Request, t *Target) (h hop, ok bool) { return hopOf(t.nextURI(r.Msg.RequestURI())) }

func hopOf(uri []byte) (h hop, ok bool) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || (u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS) {
		return h, false
	}
	h.proto = transport.UDP
	if u.Scheme == sipparse.SchemeSIPS {
		h.proto, h.named = transport.TLS, true
	}
	if v, found := u.Param(uri, "transport"); found {
		if h.proto, ok = transport.ProtoOf(v); !ok {
			return h, false
		}
		h.named = true
	}
	h.host, h.port = u.Host.Of(uri), uint16(u.Port)
	if v, found := u.Param(uri, "maddr"); found && len(v) > 0 {
		h.host = v
	}
	if h.port == 0 {
		h.port = h.proto.DefaultPort()
	}
	if h.addr, h.literal = loop.ParseIP(h.host); h.literal {
		h.addr = h.addr.WithPort(h.port)
	}
	return h, len(h.host) > 0
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

// A branchResolve waits for the look-up of one branch's next hop.
type branchResolve struct {
	s   *shard
	j   *relayJob
	b   *branch
	hop hop
	op  *dns.Lookup
}

// Resume sends the branch to the first address of a family that can be reached,
// unless an answer or a CANCEL ended it meanwhile.
func (r *branchResolve) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
	s, j, b, h := r.s, r.j, r.b, r.hop
	tx := b.tx
	found := out == asyncops.Completed && pickAddr(s.p.tr, &h, r.op)
	r.op.Free(l)
	*r = branchResolve{}
	s.resolves.put(r)
	switch {
	case b.state == branchDropped:
		s.settled(l, j, tx)
	case !found:
		s.unsent(l, j, b, relayUnresolvable)
	default:
		s.sendBranch(l, j, b, &h)
	}
	tx.running--
	s.release(l, tx)
}

// pickAddr takes the first address of an answer that some listener can reach.
func pickAddr(tr *transport.Transport, h *hop, op *dns.Lookup) bool {
	for _, a := range op.Addrs() {
		if tr.Pick(h.proto, a, nil) != nil {
			h.addr = a.WithPort(h.port)
			return true
		}
	}
	return false
}

// Forward sends the request in hand on without state (forward(), and an ACK to a
// 2xx): RFC 3261 §16.11.
func (x *Context) Forward() script.Ret {
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
		return x.forwardTo(&h)
	}
	op := x.p.dns.Lookup(x.loop)
	op.SetName(h.host)
	return x.run.Await(op, forwardFinish)
}

func forwardFinish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	x, look := From(c), op.(*dns.Lookup)
	h, ok := nextHop(x.Req, x.Target)
	found := ok && out == asyncops.Completed && pickAddr(x.p.tr, &h, look)
	look.Free(x.loop)
	if !found {
		return x.failed(relayUnresolvable)
	}
	return x.forwardTo(&h)
}

func (x *Context) forwardTo(h *hop) script.Ret {
	s, r := x.shard, x.Req
	ls := x.p.leaveBy(x.Target, r, h)
	if ls == nil {
		return x.failed(relaySendFailed)
	}
	f := flowTo(r, ls, h)
	x.Target.pin(&f)
	o := x.loop.NewOut()
	s.branchText = s.seed.AppendStatelessBranch(s.branchText[:0], &r.Msg)
	s.branchText = appendConn(s.branchText, r)
	o.Set(s.build(o.Buf()[:0], r, x.Target, &s.noEdits, &r.rr, nil, &f, s.branchText, nil))
	s.counters.Forwarded.Inc()
	s.sendOut(x.loop, &f, o, 0)
	return 1
}
