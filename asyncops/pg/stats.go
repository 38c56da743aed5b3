package pg

import "sync/atomic"

// Stats are the counts of a DB since it was made, over all loops.
type Stats struct {
	Queries          uint64 // begun
	Completed        uint64 // answered with a result
	Failed           uint64 // answered with an error, refused by us, or broken off
	TimedOut         uint64 // not answered by their deadline
	Cancelled        uint64 // nobody wanted their answer any more
	Overloaded       uint64 // refused: the queue was full
	Unavailable      uint64 // refused: the server is known to be down
	Waited           uint64 // had to wait because no connection was free
	Pipelined        uint64 // sent behind another query
	QueuedBehindSlow uint64 // of those: the one in front turned out to be slow
	CancelRequests   uint64 // sent to the server
	RolledBack       uint64 // transactions that a query left open
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
	queries, completed, failed, timedOut, cancelled, overloaded, unavailable count
	waited, pipelined, queuedBehindSlow                                      count
	cancelRequests, rolledBack, connects, reconnects, connectFailures, lost  count
	open, inFlight, waiting                                                  gauge
	latency                                                                  [Buckets]count
}

// A count has one writer, so it needs no read-modify-write.
type count struct{ v atomic.Uint64 }

func (c *count) add(n uint64) { c.v.Store(c.v.Load() + n) }

type gauge struct{ v atomic.Int64 }

func (g *gauge) add(n int64) { g.v.Store(g.v.Load() + n) }

// Snapshot sums the counts of all loops. Any goroutine may call it.
func (d *DB) Snapshot() Stats {
	var s Stats
	for _, c := range d.counts {
		c.addTo(&s)
	}
	return s
}

func (c *counters) addTo(s *Stats) {
	s.Queries += c.queries.v.Load()
	s.Completed += c.completed.v.Load()
	s.Failed += c.failed.v.Load()
	s.TimedOut += c.timedOut.v.Load()
	s.Cancelled += c.cancelled.v.Load()
	s.Overloaded += c.overloaded.v.Load()
	s.Unavailable += c.unavailable.v.Load()
	s.Waited += c.waited.v.Load()
	s.Pipelined += c.pipelined.v.Load()
	s.QueuedBehindSlow += c.queuedBehindSlow.v.Load()
	s.CancelRequests += c.cancelRequests.v.Load()
	s.RolledBack += c.rolledBack.v.Load()
	s.Connects += c.connects.v.Load()
	s.Reconnects += c.reconnects.v.Load()
	s.ConnectFailures += c.connectFailures.v.Load()
	s.Lost += c.lost.v.Load()
	s.Open += c.open.v.Load()
	s.InFlight += c.inFlight.v.Load()
	s.Waiting += c.waiting.v.Load()
	for i := range c.latency {
		s.Latency[i] += c.latency[i].v.Load()
	}
}
