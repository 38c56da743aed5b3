package usrloc

import (
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) statistics() []*metrics.Stat {
	return []*metrics.Stat{{Group: "usrloc", Name: "registered_users", Doc: "addresses-of-record that have contacts in memory, in all tables", Fixed: true, Read: func() (n int64) {
		if m.store == nil {
			return 0
		}
		for _, d := range m.store.Domains() {
			n += d.Users()
		}
		return n
	}}}
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
