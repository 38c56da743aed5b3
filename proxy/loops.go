package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// loopHash is what r is routed on (RFC 5393 §4.2), for the branches that it leaves
// with and for finding it among those that it came back with; 0 where nobody asks.
// The script may look at the address that r came from, so that counts as well: a
// request that an application server sends back unchanged has not looped yet.
func (s *shard) loopHash(r *Request) uint32 {
	if r.loop == 0 && s.p.set.LoopDetection {
		r.loop = s.seed.Loop(&r.Msg, maphash.Comparable(s.hash, r.From.Remote.WithPort(0))+uint64(r.From.Listener))
	}
	return r.loop
}

// refused answers 482 to a request that has looped (RFC 3261 §16.3 4), or that came by
// another path as well, without a transaction and before the script.
func (s *shard) refused(l *loop.Loop, r *Request, method sipparse.Method) bool {
	if !s.p.set.TM || method == sipparse.Ack || method == sipparse.Cancel {
		return false
	}
	switch {
	case s.p.set.LoopDetection && !r.Msg.OneVia() && s.seed.Looped(&r.Msg, s.loopHash(r)):
		s.counters.Loops.Inc()
	case s.p.set.RejectMerged && s.isMerged(r):
		s.counters.Merged.Inc()
	default:
		return false
	}
	s.statelessReply(l, r, 482, reasonOf(482))
	s.endRequest(l, r)
	return true
}
