package core

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/proxy"
)

// asyncStatistics are those of all operations that scripts wait for, and of the loops.
// What each backend has come to is shown by async:backends and the prometheus module.
func asyncStatistics(c *proxy.Core) []*metrics.Stat {
	sum := func(of func(*asyncops.Usage) int64) func() int64 {
		return func() (n int64) {
			for _, b := range backends(c) {
				u := b.Usage()
				n += of(&u)
			}
			return n
		}
	}
	stat := func(name, doc string, fixed bool, of func(*asyncops.Usage) int64) *metrics.Stat {
		return &metrics.Stat{Group: "async", Name: name, Doc: doc, Fixed: fixed, FullOnly: true, Read: sum(of)}
	}
	return []*metrics.Stat{
		stat("begun", "operations begun", false, func(u *asyncops.Usage) int64 { return int64(u.Begun) }),
		stat("in_flight", "operations that have not ended", true, func(u *asyncops.Usage) int64 { return int64(u.InFlight()) }),
		stat("queued", "of those: waiting for a connection or a place", true, func(u *asyncops.Usage) int64 { return u.Queued }),
		stat("completed", "operations that ran, whatever came of them", false, func(u *asyncops.Usage) int64 { return int64(u.Completed) }),
		stat("failed", "operations that the backend answered with an error, or broke off", false, func(u *asyncops.Usage) int64 { return int64(u.Failed) }),
		stat("timed_out", "operations whose deadline passed", false, func(u *asyncops.Usage) int64 { return int64(u.TimedOut) }),
		stat("abandoned", "operations that nobody wanted the answer of any more", false, func(u *asyncops.Usage) int64 { return int64(u.Abandoned) }),
		stat("overloaded", "operations refused: a queue was full", false, func(u *asyncops.Usage) int64 { return int64(u.Overloaded) }),
		stat("unavailable", "operations refused: the backend is known to be down", false, func(u *asyncops.Usage) int64 { return int64(u.Unavailable) }),
		stat("breakers_open", "backends that are known to be down, counted for each loop", true, func(u *asyncops.Usage) int64 { return u.Down }),
		{Group: "async", Name: "stalls", Doc: "times that a loop did not get on for loop_stall_threshold", FullOnly: true,
			Read: func() int64 { n, _ := c.Stalls(); return n }},
		{Group: "async", Name: "pauses", Doc: "times that the whole process did not run for about as long", FullOnly: true,
			Read: func() int64 { _, n := c.Stalls(); return n }},
	}
}

func backends(c *proxy.Core) []*asyncops.Backend {
	if c == nil || c.Ops == nil {
		return nil
	}
	return c.Ops.Backends()
}
