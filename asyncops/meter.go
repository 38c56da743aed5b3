package asyncops

import "github.com/fastsips/fastsips/metrics"

// A Meter measures one loop's operations on one Backend. That loop alone writes it;
// anybody may read.
type Meter struct {
	of      *Backend
	begun   metrics.Counter
	tally   Tally
	latency metrics.Histogram // from Begin to the end, of those that came to anything

	// Queued is how many operations wait within the backend: for a connection, a
	// place, a worker. The backend's code keeps it; others leave it at 0.
	Queued metrics.Gauge

	down   metrics.Gauge   // 1 while a Breaker that was given the Meter is open
	opened metrics.Counter // how often that came about
}

// end counts an operation that took ns nanoseconds.
func (m *Meter) end(out Outcome, ns int64) {
	if out <= TimedOut { // neither refused nor abandoned
		m.latency.Observe(ns)
	}
	m.tally.End(out)
}

// Usage is what operations have come to, summed over loops.
type Usage struct {
	Begun uint64
	Ends
	Latency metrics.Distribution // of those that completed, failed or timed out
	Queued  int64                // of InFlight: waiting within the backend
	Down    int64                // Breakers that are open; each loop has its own
	Opened  uint64               // how often Breakers opened
}

// InFlight is how many have begun and not ended.
func (u *Usage) InFlight() uint64 { return u.Begun - u.Ends.Sum() }

// Usage returns b's, of all loops. Any goroutine may call it.
func (b *Backend) Usage() Usage {
	var u Usage
	for _, m := range b.meters {
		m.AddTo(&u)
	}
	return u
}

// Ends returns how b's operations began and ended, without the latencies.
func (b *Backend) Ends() (begun uint64, e Ends) {
	for _, m := range b.meters {
		m.tally.AddTo(&e)
		begun += m.begun.Load()
	}
	return begun, e
}

// Ends returns the sum over all Backends of op.
func (s *Set) Ends(op string) (begun uint64, sum Ends) {
	for _, b := range s.backends.Load().by {
		if b.op == op {
			n, e := b.Ends()
			begun += n
			sum.Add(e)
		}
	}
	return begun, sum
}

// AddTo adds what m has measured to u.
func (m *Meter) AddTo(u *Usage) {
	m.latency.AddTo(&u.Latency)
	m.tally.AddTo(&u.Ends)
	u.Begun += m.begun.Load() // after the ends, so that it is never below their sum
	u.Queued += m.Queued.Load()
	u.Down += m.down.Load()
	u.Opened += m.opened.Load()
}
