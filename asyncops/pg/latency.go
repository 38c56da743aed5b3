package pg

import "math/bits"

// Buckets is the number of latency classes: four for each doubling from 16 µs
// (2^14 ns) to 17 s (2^34 ns).
const (
	Buckets     = 4 * (lastOctave - firstOctave)
	firstOctave = 14
	lastOctave  = 34
)

// bucket returns the class of a duration in nanoseconds.
func bucket(ns int64) int {
	if ns < 1<<firstOctave {
		return 0
	}
	octave := bits.Len64(uint64(ns)) - 1
	if octave >= lastOctave {
		return Buckets - 1
	}
	quarter := int(ns>>(octave-2)) & 3
	return 4*(octave-firstOctave) + quarter
}

// BucketBound returns the duration, in nanoseconds, below which class i ends.
// The last class has no end.
func BucketBound(i int) int64 {
	octave, quarter := firstOctave+i/4, int64(i%4)
	return 1<<octave + (quarter+1)<<(octave-2)
}

const (
	windowSeconds = 10
	second        = int64(1e9)
	minSlow       = 5e6 // ns: nothing shorter is called slow
	enoughSamples = 32  // before that, nothing is known
	rareSlow      = 256 // one slow query in so many is no reason to expect another
)

// A window is what the last ten seconds were like, in one-second slots.
type window struct {
	slots [windowSeconds]struct {
		classes [Buckets]uint16
		slow    uint32
		line    int64   // the shortest time from sending a query to its answer; 0: none known
		flow    float64 // the most answers per nanosecond, over the time of one query
	}
	sum   [Buckets]uint32
	n     uint32
	slow  uint32
	again int64 // from when on the next slow one counts
	now   int64 // the current second
}

// add notes a query at which the server was for ns, and reports whether that was slow.
func (w *window) add(now, ns int64) bool {
	slow := ns >= w.threshold(now)
	s := &w.slots[w.now%windowSeconds]
	if b := bucket(ns); s.classes[b] < 1<<16-1 { // beyond 65,535 a second it counts no further
		s.classes[b]++
		w.sum[b]++
		w.n++
	}
	if slow && now >= w.again { // what is held up together, by them or by us, counts once
		w.again = now + minSlow
		s.slow++
		w.slow++
	}
	return slow
}

// threshold returns from which duration at the server on a query is slow: four times
// the median, at least 5 ms, and more than a long line may vary by.
func (w *window) threshold(now int64) int64 {
	w.forget(now)
	return max(4*w.median(), minSlow, w.line(now)/2)
}

// calm reports whether enough is known of the last ten seconds, and next to
// nothing of it was slow.
func (w *window) calm(now int64) bool {
	w.forget(now)
	return w.n >= enoughSamples && w.slow <= w.n/rareSlow
}

// median returns the middle of the class that has the median.
func (w *window) median() int64 {
	var seen uint32
	for i, n := range w.sum {
		if seen += n; n > 0 && 2*seen >= w.n {
			bound := BucketBound(i)
			return bound - 1<<(firstOctave+i/4-3)
		}
	}
	return 0
}

// forget drops the slots that have become too old.
func (w *window) forget(now int64) {
	sec := now / second
	for range min(sec-w.now, windowSeconds) {
		w.now++
		s := &w.slots[w.now%windowSeconds]
		for i, n := range s.classes {
			w.sum[i] -= uint32(n)
			w.n -= uint32(n)
		}
		w.slow -= s.slow
		clear(s.classes[:])
		s.slow, s.line, s.flow = 0, 0, 0
	}
	w.now = max(w.now, sec)
}
