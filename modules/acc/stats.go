package acc

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops/spool"
	"github.com/fastsips/fastsips/metrics"
)

// statistics are ours: OpenSIPS's acc has none.
func (m *Module) statistics() []*metrics.Stat {
	rows := func(name, doc string, of func(*spool.Counts) *atomic.Uint64) *metrics.Stat {
		return &metrics.Stat{Group: "acc", Name: name, Doc: doc, Read: func() int64 {
			if m.spool == nil {
				return 0
			}
			return int64(of(m.spool.Counts()).Load())
		}}
	}
	gauge := func(name, doc string, of func(*spool.Counts) *atomic.Int64) *metrics.Stat {
		return &metrics.Stat{Group: "acc", Name: name, Doc: doc, Fixed: true, Read: func() int64 {
			if m.spool == nil {
				return 0
			}
			return of(m.spool.Counts()).Load()
		}}
	}
	loops := func(name, doc string, fixed bool, of func(*counters) int64) *metrics.Stat {
		return &metrics.Stat{Group: "acc", Name: name, Doc: doc, Fixed: fixed, Read: func() (n int64) {
			for _, c := range m.counters {
				n += of(c)
			}
			return n
		}}
	}
	return []*metrics.Stat{
		rows("rows_written", "rows that are in the database", func(c *spool.Counts) *atomic.Uint64 { return &c.Written }),
		gauge("rows_queued", "rows that wait for the database", func(c *spool.Counts) *atomic.Int64 { return &c.Queued }),
		rows("rows_spilled", "rows for which memory had no room, so that they were in spill_dir only", func(c *spool.Counts) *atomic.Uint64 { return &c.Spilled }),
		rows("rows_dropped", "rows that are lost: there was no room for them", func(c *spool.Counts) *atomic.Uint64 { return &c.Dropped }),
		rows("rows_rejected", "rows that are lost: the database refuses them", func(c *spool.Counts) *atomic.Uint64 { return &c.Rejected }),
		rows("rows_retries", "statements that failed and were tried again", func(c *spool.Counts) *atomic.Uint64 { return &c.Retries }),
		rows("rows_found", "rows of which it was not known whether they are in the database, and they were", func(c *spool.Counts) *atomic.Uint64 { return &c.Found }),
		gauge("spill_bytes", "bytes in spill_dir", func(c *spool.Counts) *atomic.Int64 { return &c.DiskBytes }),
		loops("cdr_calls", "calls that are going to have a CDR", true, func(c *counters) int64 { return c.calls.Load() }),
		loops("cdr_expired", "calls whose BYE has not come in cdr_lifetime", false, func(c *counters) int64 { return int64(c.expired.Load()) }),
		loops("cdr_refused", "calls for whose CDR there was no room", false, func(c *counters) int64 { return int64(c.refused.Load()) }),
	}
}
