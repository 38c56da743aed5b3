package usrloc

import (
	"time"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) statistics() []*metrics.Stat {
	return append(m.backendStats(), &metrics.Stat{Group: "usrloc", Name: "registered_users", Doc: "addresses-of-record that have contacts in memory, in all tables", Fixed: true, Read: func() (n int64) {
		if m.store == nil {
			return 0
		}
		for _, d := range m.store.Domains() {
			n += d.Users()
		}
		return n
	}})
}

// backendStats are those of what keeps contacts besides the memory. A row is one contact.
func (m *Module) backendStats() []*metrics.Stat {
	stat := func(name, doc string, fixed bool, of func(*usrloc.Totals) int64) *metrics.Stat {
		return &metrics.Stat{Group: "usrloc", Name: "db_" + name, Doc: doc, Fixed: fixed, Read: func() int64 {
			b := m.counted.Load()
			if b == nil {
				return 0
			}
			t := (*b).Totals()
			return of(&t)
		}}
	}
	return []*metrics.Stat{
		stat("rows_written", "contacts written to the database, or to Redis", false, func(t *usrloc.Totals) int64 { return int64(t.Written) }),
		stat("rows_deleted", "contacts deleted there", false, func(t *usrloc.Totals) int64 { return int64(t.Deleted) }),
		stat("rows_ended", "rows deleted there since their time was over, which were in no memory", false, func(t *usrloc.Totals) int64 { return int64(t.Ended) }),
		stat("rows_skipped", "rows read there that are no contacts, and were not used", false, func(t *usrloc.Totals) int64 { return int64(t.Skipped) }),
		stat("failures", "contacts not written or not deleted, most of which are tried again, and searches without an answer", false, func(t *usrloc.Totals) int64 { return int64(t.Failed) }),
		stat("dirty", "addresses-of-record whose rows are not yet as they are in memory", true, func(t *usrloc.Totals) int64 { return t.Dirty }),
		stat("flushes", "how often the rows were made like the memory", false, func(t *usrloc.Totals) int64 { return int64(t.Flush.N) }),
		stat("flush_ms", "milliseconds that took, all db_flushes together", false, func(t *usrloc.Totals) int64 { return int64(t.Flush.Sum / uint64(time.Millisecond)) }),
		stat("rows_loaded", "contacts read from the database at the start", true, func(t *usrloc.Totals) int64 { return int64(t.Loaded) }),
		stat("load_ms", "milliseconds that took", true, func(t *usrloc.Totals) int64 { return t.Load.Milliseconds() }),
	}
}

// setBackend has contacts kept in b, and its counts shown.
func (m *Module) setBackend(b interface {
	usrloc.Backend
	usrloc.Totaler
}) {
	m.Location().SetBackend(b)
	counted := usrloc.Totaler(b)
	m.counted.Store(&counted)
}

// tableStats are those of one table, whose name begins theirs: location-users.
func tableStats(d *usrloc.Domain) []*metrics.Stat {
	sum := func(name, doc string, fixed bool, of func(*usrloc.Counters) int64) *metrics.Stat {
		return &metrics.Stat{Group: "usrloc", Name: d.Name + "-" + name, Doc: doc, Fixed: fixed, Read: func() (n int64) {
			for _, c := range d.Counters() {
				n += of(c)
			}
			return n
		}}
	}
	return []*metrics.Stat{
		sum("users", "addresses-of-record that have contacts in memory, in this table", true, func(c *usrloc.Counters) int64 { return c.Users.Load() }),
		sum("contacts", "contacts in memory, in this table", true, func(c *usrloc.Counters) int64 { return c.Contacts.Load() }),
		sum("expires", "contacts of this table that have ended by themselves", false, func(c *usrloc.Counters) int64 { return int64(c.Expires.Load()) }),
	}
}
