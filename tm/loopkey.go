package tm

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/sipparse"
)

// Loop returns a hash, never zero, of what a received request is routed on: its
// Request-URI, Route, Proxy-Require and Proxy-Authorization, what tells it from
// others (tags, Call-ID, CSeq number), and origin, the hash of where it came from. A
// request that comes back with the same hash would be routed as before, and loops;
// with another one it spirals (RFC 3261 §16.6 step 8, RFC 5393 §4.2). It does not
// depend on the method, the Vias or Max-Forwards.
func (s Seed) Loop(m *sipparse.Msg, origin uint64) uint32 {
	h := loopHash{seed: s.lo, sum: origin}
	h.add(m.RequestURI())
	h.add(m.CallID())
	h.add(m.FromTag())
	h.add(m.ToTag())
	h.mix(uint64(m.CSeq()))
	for _, t := range [...]sipparse.HdrType{sipparse.HdrRoute, sipparse.HdrProxyRequire, sipparse.HdrProxyAuthorization} {
		for i := m.Find(t, 0); i >= 0; i = m.Find(t, i+1) {
			h.add(m.Header(i).Value.Of(m.Buf()))
		}
		h.mix(uint64(t)) // the end of the list
	}
	return max(uint32(h.sum>>32), 1)
}

// Looped reports whether one of a received request's Vias is ours and was made of
// the same loop hash. The top Via is the last hop's, and looked at as well.
func (s Seed) Looped(m *sipparse.Msg, loop uint32) bool {
	var via sipparse.Via
	for it := m.Vias(); it.Next(&via); {
		if _, was, ok := s.parseBranch(via.Branch.Of(m.Buf())); ok && was == loop {
			return true
		}
	}
	return false
}

// loopHash is a keyed hash of a list of fields.
type loopHash struct {
	seed maphash.Seed
	sum  uint64
}

func (h *loopHash) add(field []byte) { h.mix(maphash.Bytes(h.seed, field)) }

func (h *loopHash) mix(v uint64) {
	h.sum = (h.sum ^ v) * 0x9e3779b97f4a7c15
	h.sum ^= h.sum >> 29
}
