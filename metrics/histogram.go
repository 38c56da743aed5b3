package metrics

import "math/bits"

// Buckets is how many classes a Histogram has: four for each doubling from 16 µs
// (2^14 ns) to 275 s (2^38 ns).
const (
	Buckets     = 4 * (lastOctave - firstOctave)
	firstOctave = 14
	lastOctave  = 38
)

// A Histogram counts durations by their size. One loop writes it, anybody reads, in
// the manner of a Counter.
type Histogram struct {
	classes [Buckets]Counter
	sum     Counter // nanoseconds
}

// Observe counts a duration of ns nanoseconds; a negative one counts as 0.
func (h *Histogram) Observe(ns int64) {
	ns = max(ns, 0)
	h.classes[bucket(ns)].Inc()
	h.sum.Add(uint64(ns))
}

// AddTo adds the counts to d.
func (h *Histogram) AddTo(d *Distribution) {
	for i := range h.classes {
		n := h.classes[i].Load()
		d.Classes[i] += n
		d.N += n
	}
	d.Sum += h.sum.Load()
}

// A Distribution is what Histograms have counted, at one moment.
type Distribution struct {
	Classes [Buckets]uint64 // by bucket; class i ends below BucketBound(i)
	N       uint64          // all of them
	Sum     uint64          // nanoseconds
}

// Quantile returns a duration in nanoseconds that the share q (0 to 1) of all does not
// reach: the end of the class in which it lies, so up to a quarter too much. 0: there
// is none.
func (d *Distribution) Quantile(q float64) int64 {
	var seen uint64
	for i, n := range d.Classes {
		if seen += n; n > 0 && float64(seen) >= q*float64(d.N) {
			return BucketBound(i)
		}
	}
	return 0
}

// BucketBound returns the nanoseconds below which class i ends. The last class has no
// end: longer durations are in it too.
func BucketBound(i int) int64 {
	octave, quarter := firstOctave+i/4, int64(i%4)
	return 1<<octave + (quarter+1)<<(octave-2)
}

// bucket returns the class of a duration.
func bucket(ns int64) int {
	if ns < 1<<firstOctave {
		return 0
	}
	octave := bits.Len64(uint64(ns)) - 1
	if octave >= lastOctave {
		return Buckets - 1
	}
	return 4*(octave-firstOctave) + int(ns>>(octave-2))&3
}
