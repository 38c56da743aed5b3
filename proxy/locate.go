package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// dnsProtos are the transports that DNS speaks of; others are found by their host's
// address alone.
var dnsProtos = [...]struct {
	sip transport.Proto
	dns dns.Proto
}{{transport.UDP, dns.UDP}, {transport.TCP, dns.TCP}, {transport.TLS, dns.TLS}}

// reachBy is what the listeners can send by. IPv6 is left out where IPv4 will do,
// unless try6 is set (dns_try_ipv6).
func reachBy(listeners []*transport.Listener, try6 bool) (r dns.Reach) {
	for _, v6 := range [...]bool{false, true} {
		for _, ls := range listeners {
			for _, p := range dnsProtos {
				if p.sip != ls.Proto() || v6 == ls.Addr().Is4() {
					continue
				}
				if !v6 || try6 || r&dns.Via(p.dns, false) == 0 {
					r |= dns.Via(p.dns, v6)
				}
			}
		}
	}
	return r
}

// canReach reports whether h's transport, if it is settled, has a listener.
func (p *Proxy) canReach(h *hop) bool {
	if !h.given && !h.sips {
		return true
	}
	for _, ls := range p.tr.Listeners() {
		if ls.Proto() == h.proto {
			return true
		}
	}
	return false
}

// locate begins nothing yet: it returns the operation that finds h's addresses (RFC
// 3263 §4). Seed decides between weights; 0 is chance.
func (s *shard) locate(l *loop.Loop, h *hop, seed uint64) *dns.Locate {
	op := s.p.dns.Locate(l)
	w := dns.Where{Port: h.written, Given: h.given, SIPS: h.sips, NAPTR: !s.p.set.NoNAPTR, Reach: s.p.reach, Seed: seed}
	for _, p := range dnsProtos {
		if p.sip == h.proto {
			w.Proto = p.dns
		}
	}
	op.Set(h.host, w)
	return op
}

// located is the hop that op has found.
func located(op *dns.Locate) hop {
	return hop{proto: dnsProtos[op.Proto()].sip, addr: op.Addr(), port: op.Addr().Port(), literal: true, named: op.Settled()}
}

// responseHop is where a response goes when the connection that its request came by has
// ended, by the Via below ours (RFC 3263 §5): the sent-by, if it is a name without a
// port, by the SRV records of the Via's transport; there is no NAPTR in it.
func responseHop(v *sipparse.Via, buf []byte) (h hop, ok bool) {
	if h.proto, ok = transport.ProtoOf(v.Transport.Of(buf)); !ok {
		return h, false
	}
	h.host, h.written, h.given = v.Host.Of(buf), uint16(v.Port), true
	h.sips, h.named = h.proto == transport.TLS, true
	h.settle()
	return h, len(h.host) > 0
}

// A branchResolve waits for the look-up of one branch's next hop.
type branchResolve struct {
	s *shard
	j *relayJob
	b *branch
}

// Resume sends the branch to the address that was found, unless an answer or a CANCEL
// ended it meanwhile.
func (r *branchResolve) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
	s, j, b := r.s, r.j, r.b
	tx := b.tx
	*r = branchResolve{}
	s.resolves.put(r)
	switch {
	case b.state == branchDropped:
		s.settled(l, j, tx)
	case out != asyncops.Completed:
		s.unsent(l, j, b, relayUnresolvable)
	default:
		s.sendFound(l, j, b)
	}
	tx.running--
	s.release(l, tx)
}
