package rest

import "sync/atomic"

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	requests, completed, refused, connectTimeouts, transferTimeouts atomic.Uint64
	internal, overloaded, unavailable, abandoned                    atomic.Uint64
	connects, reused, retried                                       atomic.Uint64
	conns                                                           atomic.Int64
	_                                                               [64]byte // keeps loops off each other's cache lines
}

// Stats is what a client has done on all its loops. Every request ends in exactly
// one of Completed ... Abandoned.
type Stats struct {
	Requests         uint64
	Completed        uint64
	Refused          uint64
	ConnectTimeouts  uint64
	TransferTimeouts uint64
	Internal         uint64
	Overloaded       uint64 // a limit was reached; nothing was sent
	Unavailable      uint64 // kept from the origin by its breaker
	Abandoned        uint64 // nobody waited for the answer any more
	Connects         uint64 // connections attempted
	Reused           uint64 // requests sent on a kept connection
	Retried          uint64 // sent again because a kept connection had gone
	Conns            int64  // open now, https not counted
}

// InFlight is the number of requests that have not ended.
func (s Stats) InFlight() uint64 {
	return s.Requests - s.Completed - s.Refused - s.ConnectTimeouts - s.TransferTimeouts -
		s.Internal - s.Overloaded - s.Unavailable - s.Abandoned
}

// Snapshot sums the counters of all loops; any goroutine may call it.
func (c *Client) Snapshot() Stats {
	var s Stats
	for _, n := range c.stats {
		s.Completed += n.completed.Load()
		s.Refused += n.refused.Load()
		s.ConnectTimeouts += n.connectTimeouts.Load()
		s.TransferTimeouts += n.transferTimeouts.Load()
		s.Internal += n.internal.Load()
		s.Overloaded += n.overloaded.Load()
		s.Unavailable += n.unavailable.Load()
		s.Abandoned += n.abandoned.Load()
		s.Connects += n.connects.Load()
		s.Reused += n.reused.Load()
		s.Retried += n.retried.Load()
		s.Conns += n.conns.Load()
		s.Requests += n.requests.Load() // last, so that it is never below the sum of the ends
	}
	return s
}
