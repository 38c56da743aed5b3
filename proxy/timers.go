package proxy

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/tm"
)

// hiddenTryingAfter is when an INVITE that a plain call parked gets its 100
// (RFC 3261 §17.2.1).
const hiddenTryingAfter = 200 * time.Millisecond

// transactionTimer takes a timer of the transaction table.
func (p *Proxy) transactionTimer(l *loop.Loop, ref uint64) {
	s := p.on(l)
	id, ev, fx := s.tm.Timer(ref, l.Now())
	if id == 0 {
		return
	}
	if fx.Deliver {
		switch ev {
		case tm.TimerB, tm.TimerC, tm.TimerF:
			s.timeout(l, id, 408)
		}
	}
	s.effects(l, id, fx)
}

// SendFailed takes an error of the socket for something sent with tag: to its
// client transaction a failed hop is a 503 (RFC 3261 §16.9).
func (p *Proxy) SendFailed(l *loop.Loop, tag uint64, _ error) {
	s := p.on(l)
	id := tm.ID(tag)
	if !s.tm.Live(id) {
		return
	}
	s.counters.SendErrors.Inc()
	fx := s.tm.Step(id, tm.TransportError, l.Now())
	if fx.Deliver {
		s.timeout(l, id, 503)
	}
	s.effects(l, id, fx)
}
