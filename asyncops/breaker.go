package asyncops

import "time"

// BreakerConfig is fixed once a Breaker is made of it. Zero means default.
type BreakerConfig struct {
	Failures int           // consecutive failures that open it; default 5
	Probe    time.Duration // time until the first probe; default 500 ms
	MaxProbe time.Duration // Probe doubles with each failed probe up to this; default 5 s
}

// A Breaker keeps a loop from sending work to a backend that is down. Closed, it
// allows everything. Consecutive failures open it; then it allows one probe per
// interval, and the first success closes it. It belongs to one loop and reads no
// clock: now is the loop's, in nanoseconds.
type Breaker struct {
	cfg     BreakerConfig
	fails   int
	open    bool
	probing bool  // a probe was allowed and has not been heard of
	wait    int64 // the current interval
	next    int64 // when the next probe is allowed
	meter   *Meter
}

// NewBreaker returns a closed Breaker.
func NewBreaker(cfg BreakerConfig) Breaker {
	if cfg.Failures <= 0 {
		cfg.Failures = 5
	}
	if cfg.Probe <= 0 {
		cfg.Probe = 500 * time.Millisecond
	}
	if cfg.MaxProbe <= 0 {
		cfg.MaxProbe = 5 * time.Second
	}
	cfg.MaxProbe = max(cfg.MaxProbe, cfg.Probe)
	return Breaker{cfg: cfg}
}

// ShownBy returns b, a new Breaker, such that m shows when it is open.
func (b Breaker) ShownBy(m *Meter) Breaker {
	b.meter = m
	return b
}

// turn opens or closes b.
func (b *Breaker) turn(open bool) {
	if b.open == open {
		return
	}
	b.open = open
	switch {
	case b.meter == nil:
	case open:
		b.meter.down.Add(1)
		b.meter.opened.Inc()
	default:
		b.meter.down.Add(-1)
	}
}

// Open reports whether the backend is taken to be down.
func (b *Breaker) Open() bool { return b.open }

// Allow reports whether work may be sent now. When open, true makes the caller's
// work the probe of this interval.
func (b *Breaker) Allow(now int64) bool {
	if !b.open {
		return true
	}
	if now < b.next {
		return false
	}
	b.probing = true
	b.next = now + b.wait // if the probe is never heard of, another follows
	return true
}

// Success says that the backend answered. It closes the Breaker.
func (b *Breaker) Success() {
	b.fails, b.probing = 0, false
	b.turn(false)
}

// Failure says that the backend did not answer. Work that was already under way
// when the Breaker opened does not count again.
func (b *Breaker) Failure(now int64) {
	if !b.open {
		if b.fails++; b.fails < b.cfg.Failures {
			return
		}
		b.turn(true)
		b.wait = int64(b.cfg.Probe)
		b.next = now + b.wait
		return
	}
	if b.probing {
		b.probing = false
		b.wait = min(2*b.wait, int64(b.cfg.MaxProbe))
		b.next = now + b.wait
	}
}
