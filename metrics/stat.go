package metrics

import "sync/atomic"

// A Stat is one statistic as scripts and operators know it, "group:name". It is
// read, summed over the loops, when somebody asks.
type Stat struct {
	Group, Name, Doc string

	// Read returns the value: the sum of the loops' counters, or something computed.
	// Anybody may call it, loops included, so it must neither wait nor lock.
	Read func() int64

	// Fixed says that it cannot be reset: a gauge, a time.
	Fixed bool

	zero atomic.Int64 // what counts as 0 since the last reset
}

// Value returns the value since the last reset.
func (s *Stat) Value() int64 { return s.Read() - s.zero.Load() }

// Reset makes the value 0, without writing to the loops' counters; false: it cannot
// be reset.
func (s *Stat) Reset() bool {
	if s.Fixed {
		return false
	}
	s.zero.Store(s.Read())
	return true
}

// FullName returns "group:name".
func (s *Stat) FullName() string { return s.Group + ":" + s.Name }
