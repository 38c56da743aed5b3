package redis

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// counters belong to one loop, which alone writes them; anybody may read.
type counters struct {
	succeeded, waited, late, retried, delayed        metrics.Counter
	moved, asked, refreshes                          metrics.Counter
	connects, connectFailures, lost, replaced, pings metrics.Counter
	open                                             metrics.Gauge
}

// Stats is what a Client has done on all its loops.
type Stats struct {
	asyncops.Ends
	Commands        uint64 // begun
	Succeeded       uint64 // answered, and not by an error
	Waited          uint64 // for a connection
	Late            uint64 // answers that nobody waited for any more, those to pings included
	Retried         uint64 // reads sent again after a connection broke
	Delayed         uint64 // tried again later: TRYAGAIN, CLUSTERDOWN, LOADING
	Moved, Asked    uint64 // redirections followed
	Refreshes       uint64 // of the slot map
	Connects        uint64
	ConnectFailures uint64
	Lost            uint64 // connections that broke or were given up
	Replaced        uint64 // connections that took no further commands, for want of answers
	Pings           uint64
	Open            int64 // connections
	Waiting         int64 // commands without a connection
}

// InFlight is how many commands have begun and not ended.
func (s Stats) InFlight() int64 { return int64(s.Commands) - int64(s.Sum()) }

// Snapshot sums the counters of all loops; any goroutine may call it.
func (c *Client) Snapshot() (s Stats) {
	s.Commands, s.Ends = c.backend.Ends()
	for i, n := range c.counts {
		s.Waiting += c.backend.Meter(i).Queued.Load()
		s.Succeeded += n.succeeded.Load()
		s.Waited += n.waited.Load()
		s.Late += n.late.Load()
		s.Retried += n.retried.Load()
		s.Delayed += n.delayed.Load()
		s.Moved += n.moved.Load()
		s.Asked += n.asked.Load()
		s.Refreshes += n.refreshes.Load()
		s.Connects += n.connects.Load()
		s.ConnectFailures += n.connectFailures.Load()
		s.Lost += n.lost.Load()
		s.Replaced += n.replaced.Load()
		s.Pings += n.pings.Load()
		s.Open += n.open.Load()
	}
	return s
}
