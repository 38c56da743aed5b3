package collect

import (
	"math"
	"runtime/metrics"
	"time"
)

const (
	interval = 100 * time.Millisecond

	// worth is how many bytes must live: what is less is marked before anybody notices.
	worth = 32 << 20

	// Go begins at seven tenths of the way to its goal at the earliest.
	early = 0.65

	// Go begins one when the last was two minutes ago.
	period = 110 * time.Second

	// none is about the goal where GOGC=off and there is no limit.
	none = math.MaxInt64 / 2

	// rest is how often as long as a collection took there is none of ours. Under a memory
	// limit that is reached one could follow another; Go has a bound for its own.
	rest = 20
)

// A heap is what Go says of it.
type heap struct {
	live   uint64 // bytes that the last collection found
	used   uint64 // bytes now
	goal   uint64 // what used is not to exceed
	cycles uint64
}

// A watch decides when a collection is due.
type watch struct {
	list   []metrics.Sample
	cycles uint64    // at since
	since  time.Time // of the last collection, as far as it has been seen
	pause  time.Duration
}

func newWatch() *watch {
	return &watch{since: time.Now(), list: []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/goal:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}}
}

// look stops nothing.
func (w *watch) look() heap {
	metrics.Read(w.list)
	v := func(i int) uint64 { return w.list[i].Value.Uint64() }
	return heap{live: v(0), used: v(1), goal: v(2), cycles: v(3)}
}

// due reports whether it is time to collect.
func (w *watch) due(h heap, now time.Time) bool {
	if h.cycles != w.cycles {
		w.cycles, w.since = h.cycles, now
	}
	passed := now.Sub(w.since)
	switch {
	case h.live < worth, h.goal >= none, passed < w.pause:
		return false
	case passed >= period:
		return true
	}
	return h.used > h.live && float64(h.used-h.live) >= early*(float64(h.goal)-float64(h.live))
}

// took notes how long our last collection was.
func (w *watch) took(d time.Duration) { w.pause = rest * d }
