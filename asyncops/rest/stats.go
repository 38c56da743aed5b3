package rest

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	refused, connectTimeouts metrics.Counter
	reused, retried          metrics.Counter
	conns                    metrics.Gauge
}

// Stats is what a client has done on all its loops.
type Stats struct {
	Requests uint64
	asyncops.Ends
	Refused         uint64 // of Failed: no connection could be made
	ConnectTimeouts uint64 // of TimedOut: none was made in time
	Connects        uint64 // connections attempted
	Reused          uint64 // requests sent on a kept connection
	Retried         uint64 // sent again because a kept connection had gone
	Conns           int64  // open now
}

// InFlight is the number of requests that have not ended.
func (s Stats) InFlight() uint64 { return s.Requests - s.Ends.Sum() }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (c *Client) Snapshot() Stats {
	var s Stats
	s.Connects = c.dialer.Snapshot().Attempts
	s.Requests, s.Ends = c.ops.Ends("rest")
	for _, n := range c.stats {
		s.Refused += n.refused.Load()
		s.ConnectTimeouts += n.connectTimeouts.Load()
		s.Reused += n.reused.Load()
		s.Retried += n.retried.Load()
		s.Conns += n.conns.Load()
	}
	return s
}
