package cachedb_local

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
)

// counters are those of one loop.
type counters struct {
	hits, misses, writes, removes, refused, expired, slow metrics.Counter
}

func (c *counters) read(a cachedb.Answer) cachedb.Answer {
	if a.Status == cachedb.NotFound {
		c.misses.Inc()
	} else {
		c.hits.Inc()
	}
	return a
}

func (c *counters) wrote(a cachedb.Answer) {
	switch a.Status {
	case cachedb.OK:
		c.writes.Inc()
	case cachedb.Full:
		c.refused.Inc()
	}
}

// timed does what do does, and says when it took long.
func (x *collection) timed(l *loop.Loop, c cachedb.Command) cachedb.Answer {
	began := time.Now()
	a := x.do(l, c)
	if took := time.Since(began).Microseconds(); took > int64(x.m.threshold) {
		x.m.states.On(l).slow.Inc()
		l.Log(1, fmt.Appendf(nil, "WARNING:cachedb_local: %s of %q took %d microseconds", c.Verb, c.Key, took))
	}
	return a
}

func (m *Module) statistics() []*metrics.Stat {
	sum := func(name, doc string, of func(*counters) *metrics.Counter) *metrics.Stat {
		return &metrics.Stat{Group: "cachedb_local", Name: name, Doc: doc, Read: func() (n int64) {
			for _, c := range m.counters {
				n += int64(of(c).Load())
			}
			return n
		}}
	}
	now := func(name, doc string, of func() int64) *metrics.Stat {
		return &metrics.Stat{Group: "cachedb_local", Name: name, Doc: doc, Fixed: true, Read: func() int64 {
			if m.budget == nil {
				return 0
			}
			return of()
		}}
	}
	return []*metrics.Stat{
		now("keys", "keys that are stored, with those whose time is over and that are not taken out yet", func() int64 { return m.budget.Entries() }),
		now("memory", "bytes that they take", func() int64 { return m.budget.Used() }),
		sum("hits", "keys that were read and found", func(c *counters) *metrics.Counter { return &c.hits }),
		sum("misses", "keys that were read and not found", func(c *counters) *metrics.Counter { return &c.misses }),
		sum("writes", "keys that were stored or added to", func(c *counters) *metrics.Counter { return &c.writes }),
		sum("removes", "cache_remove() calls", func(c *counters) *metrics.Counter { return &c.removes }),
		sum("refused", "keys that were not stored since max_memory is used up", func(c *counters) *metrics.Counter { return &c.refused }),
		sum("expired", "keys that were taken out since their time was over", func(c *counters) *metrics.Counter { return &c.expired }),
		sum("slow_queries", "queries that took longer than exec_threshold", func(c *counters) *metrics.Counter { return &c.slow }),
	}
}
