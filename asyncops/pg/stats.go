package pg

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
)

// Stats are the counts of a DB since it was made, over all loops.
type Stats struct {
	Queries          uint64 // begun
	asyncops.Ends           // Failed: answered with an error, refused by us, or broken off
	Waited           uint64 // had to wait because no connection was free
	Pipelined        uint64 // sent behind another query
	QueuedBehindSlow uint64 // of those: the one in front turned out to be slow
	CancelRequests   uint64 // sent to the server
	RolledBack       uint64 // transactions that a query left open
	Prepared         uint64 // executed by the name of a statement
	Resent           uint64 // sent again because that name had lost its meaning
	Slow             uint64 // took longer than Config.SlowQuery
	Connects         uint64 // connections established
	Reconnects       uint64 // of those: made after one had been lost or failed
	ConnectFailures  uint64
	Lost             uint64 // connections that broke

	Open     int64 // connections now
	InFlight int64 // queries begun and not ended
	Waiting  int64 // of those: without a connection

	Latency [Buckets]uint64 // queries answered, by time at the server; see BucketBound
}

// counters are one loop's; only that loop writes them.
type counters struct {
	waited, pipelined, queuedBehindSlow, prepared, resent, slow             metrics.Counter
	cancelRequests, rolledBack, connects, reconnects, connectFailures, lost metrics.Counter
	open                                                                    metrics.Gauge
	latency                                                                 [Buckets]metrics.Counter
}

// Snapshot sums the counts of all loops. Any goroutine may call it.
func (d *DB) Snapshot() Stats {
	var s Stats
	for _, c := range d.counts {
		c.addTo(&s)
	}
	u := d.backend.Usage()
	s.Queries, s.Ends, s.InFlight, s.Waiting = u.Begun, u.Ends, int64(u.InFlight()), u.Queued
	return s
}

func (c *counters) addTo(s *Stats) {
	s.Waited += c.waited.Load()
	s.Pipelined += c.pipelined.Load()
	s.QueuedBehindSlow += c.queuedBehindSlow.Load()
	s.CancelRequests += c.cancelRequests.Load()
	s.RolledBack += c.rolledBack.Load()
	s.Prepared += c.prepared.Load()
	s.Resent += c.resent.Load()
	s.Slow += c.slow.Load()
	s.Connects += c.connects.Load()
	s.Reconnects += c.reconnects.Load()
	s.ConnectFailures += c.connectFailures.Load()
	s.Lost += c.lost.Load()
	s.Open += c.open.Load()
	for i := range c.latency {
		s.Latency[i] += c.latency[i].Load()
	}
}
