package proxy

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// overloaded reports whether r is one of the requests that an overloaded loop
// refuses: of those that begin something, the ones that waited for too long. Responses,
// ACK, CANCEL and requests within a dialog always pass.
func (s *shard) overloaded(l *loop.Loop, r *Request) bool {
	if r.slot == nil {
		return false
	}
	o := &s.overload
	if r.slot.Stream().IsZero() { // of others the kernel does not say how long they have waited
		if t := o.saw(l.Now(), l.Now()-r.slot.At(), func() uint64 { return l.Stats().RecvDrops }); t != noTurn {
			s.turned(l, t)
		}
	}
	if !startsSomething(&r.Msg) {
		return false
	}
	s.counters.Offered.Inc()
	return !o.admits()
}

// watchOverload looks now and then, during the n-th overload, whether requests come at all.
func (s *shard) watchOverload(l *loop.Loop, n uint64) {
	if !s.overload.refusing || n != s.counters.Overloads.Load() {
		return
	}
	if t := s.overload.silent(l.Now()); t != noTurn {
		s.turned(l, t)
		return
	}
	l.After(time.Duration(overloadSilence), s.p.kinds.overload, n)
}

// turned tells the operator of the begin or end of an overload.
func (s *shard) turned(l *loop.Loop, t turn) {
	if t == overloadEnds {
		s.counters.Overloaded.Add(-1)
		l.Log(1, fmt.Appendf(nil, "WARNING:core: the overload of loop %d is over: %d requests have been refused so far", l.Index(), s.counters.Shed.Load()))
		return
	}
	s.counters.Overloaded.Add(1)
	s.counters.Overloads.Inc()
	l.After(time.Duration(overloadSilence), s.p.kinds.overload, s.counters.Overloads.Load())
	l.Log(1, fmt.Appendf(nil, "WARNING:core: loop %d is overloaded: requests wait for %d ms or longer; new ones get 503 if they wait for longer than %.1f ms",
		l.Index(), s.overload.stood/1e6, float64(s.overload.limit)/1e6))
}

// retryLater answers 503 (RFC 3261 §21.5.4) without a transaction.
func (s *shard) retryLater(l *loop.Loop, r *Request) {
	s.counters.Shed.Inc()
	if n := s.p.set.RetryAfter; n > 0 {
		var line [40]byte
		b := append(line[:0], "Retry-After: "...)
		b = sipparse.AppendUint(b, retryAfter(n, s.overload.share, rand.Float64()))
		r.AppendToReply(append(b, "\r\n"...))
	}
	s.statelessReply(l, r, 503, reasonOf(503))
	s.endRequest(l, r)
}

// retryAfter is when who was refused may come again, in seconds: after least, and a random
// time more, so that not all come at once; the longer, the more is refused.
func retryAfter(least int, refused, random float64) uint64 {
	return uint64(float64(least) * (1 + random*(1+3*refused)))
}
