package proxy

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/transport"
)

// Messages and look-ups that take longer than the operator expects are logged
// (exec_msg_threshold, exec_dns_threshold). For a message that is the time that its loop
// spends on it: what it waits for costs nobody anything.

// Datagram takes a message that belongs to this loop.
func (p *Proxy) Datagram(l *loop.Loop, ls *transport.Listener, slot *loop.Slot) {
	s := p.on(l)
	if p.set.SlowMessage == 0 {
		s.datagram(l, ls, slot)
		return
	}
	began := time.Now()
	s.datagram(l, ls, slot)
	s.slow(l, "a message", time.Since(began), p.set.SlowMessage)
}

// slow logs what took longer than a threshold.
func (s *shard) slow(l *loop.Loop, what string, took, limit time.Duration) {
	if limit > 0 && took > limit {
		s.counters.Slow.Inc()
		l.Log(1, fmt.Appendf(nil, "WARNING:core: threshold exceeded: %s took %d us, more than %d", what, took.Microseconds(), limit.Microseconds()))
	}
}
