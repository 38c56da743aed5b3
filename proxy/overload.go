package proxy

import (
	"time"

	"github.com/fastsips/fastsips/loop"
)

// An overload watches how long datagrams wait in the kernel before the loop gets
// to them. One that waited is a hiccup; when for a whole interval none came in
// time, the loop cannot keep up, and begins nothing new until one does.
type overload struct {
	target   int64 // ns that a datagram may wait; 0 switches the watch off
	since    int64 // when the wait went over target; 0 when it is below
	last     int64 // when a datagram was seen
	shedding bool
}

// overloadInterval is how long the wait must stay over target. A loop that was
// stopped for a moment catches up within it.
const overloadInterval = int64(3 * time.Second)

// overloadSilence without a datagram begins the watch anew: a loop that is late is not
// without work for so long.
const overloadSilence = int64(time.Second)

// saw takes one datagram's wait and reports whether new work is to be refused.
// Silence is no overload.
func (o *overload) saw(now, wait int64) bool {
	silent := now-o.last >= overloadSilence
	o.last = now
	switch {
	case o.target == 0 || wait <= o.target:
		o.since, o.shedding = 0, false
	case o.since == 0 || silent:
		o.since = now
	default:
		o.shedding = now-o.since >= overloadInterval
	}
	return o.shedding
}

// overloaded reports whether r is one of the requests that an overloaded loop
// refuses: those that begin something. Responses, ACK, CANCEL and requests within
// a dialog always pass.
func (s *shard) overloaded(l *loop.Loop, r *Request) bool {
	if r.slot == nil {
		return false
	}
	if !r.slot.Stream().IsZero() { // the kernel does not say how long those bytes have waited
		return s.overload.shedding && startsSomething(&r.Msg)
	}
	return s.overload.saw(l.Now(), l.Now()-r.slot.At()) && startsSomething(&r.Msg)
}

// retryLater answers 503 (RFC 3261 §21.5.4) without a transaction.
func (s *shard) retryLater(l *loop.Loop, r *Request) {
	s.counters.Shed.Inc()
	r.AppendToReply(retryAfter)
	s.statelessReply(l, r, 503, reasonOf(503))
	s.endRequest(l, r)
}

var retryAfter = []byte("Retry-After: 10\r\n")
