package registrar

import "github.com/fastsips/fastsips/metrics"

// statistics are OpenSIPS's of registrar.
func (m *Module) statistics() []*metrics.Stat {
	stat := func(name, doc string, read func() int64) *metrics.Stat {
		return &metrics.Stat{Group: "registrar", Name: name, Doc: doc, Read: read}
	}
	sum := func(of func(*counters) *metrics.Counter) func() int64 {
		return func() (n int64) {
			for _, c := range m.count {
				n += int64(of(c).Load())
			}
			return n
		}
	}
	return []*metrics.Stat{
		stat("max_expires", "the parameter max_expires", func() int64 { return int64(m.set.maxExpires) }),
		stat("max_contacts", "the parameter max_contacts", func() int64 { return int64(m.set.maxContacts) }),
		stat("default_expire", "the parameter default_expires", func() int64 { return int64(m.set.defaultExpires) }),
		stat("accepted_regs", "REGISTERs that were accepted", sum(func(c *counters) *metrics.Counter { return &c.accepted })),
		stat("rejected_regs", "REGISTERs that were refused", sum(func(c *counters) *metrics.Counter { return &c.rejected })),
	}
}
