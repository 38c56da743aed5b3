// Package metrics counts. A Counter has one writer, its loop, and any number of
// readers; nothing is shared between loops, so counting never contends. Sums over
// the loops are made when somebody asks.
package metrics

import "sync/atomic"

// A Counter only goes up. Add is called by the loop that owns it; Load by anyone.
type Counter struct{ v uint64 }

// Inc adds one.
func (c *Counter) Inc() { Bump(&c.v, 1) }

// Add adds n.
func (c *Counter) Add(n uint64) { Bump(&c.v, n) }

// Load returns the value.
func (c *Counter) Load() uint64 { return atomic.LoadUint64(&c.v) }

// A Gauge goes up and down, in the same manner.
type Gauge struct{ v uint64 }

// Add adds n, which may be negative.
func (g *Gauge) Add(n int64) { Bump(&g.v, uint64(n)) }

// Load returns the value.
func (g *Gauge) Load() int64 { return int64(atomic.LoadUint64(&g.v)) }
