package dns

import "github.com/fastsips/fastsips/metrics"

// Counters belong to one loop, which alone writes them; anybody may read.
type Counters struct {
	Questions   metrics.Counter // asked of name servers, coalesced ones once
	Attempts    metrics.Counter // datagrams and TCP requests sent for them
	CacheHits   metrics.Counter // questions answered from the cache, negative ones too
	Coalesced   metrics.Counter // that joined one under way
	Failures    metrics.Counter // questions that no server answered well
	Stale       metrics.Counter // answered by old records: of Failures, and of what could not be asked
	Timeouts    metrics.Counter // attempts that got no answer in time
	ServerFails metrics.Counter // answers that say the server cannot: SERVFAIL, REFUSED …
	Truncated   metrics.Counter // asked again by TCP
	Refused     metrics.Counter // datagrams that are no answer to what was asked: spoofed or broken
	Overloaded  metrics.Counter // questions refused: too many under way or known
	Probes      metrics.Counter // sent to servers that are taken to be down
	InFlight    metrics.Gauge   // questions under way
}

// Counters returns those of loop i, for reading.
func (r *Resolver) Counters(i int) *Counters { return r.stats[i] }
