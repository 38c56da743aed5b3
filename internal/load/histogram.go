package load

import "math/bits"

// A histogram counts durations in classes of 3 % or less, from 1 µs on.
type histogram struct {
	classes [64 * 32]int
	n       int
	max     int64
}

func (h *histogram) add(ns int64) {
	h.classes[class(ns)]++
	h.n++
	h.max = max(h.max, ns)
}

// class is exact below 64 µs; above that each doubling has 32 classes.
func class(ns int64) int {
	us := uint64(max(ns, 0)) / 1000
	if us < 64 {
		return int(us)
	}
	octave := bits.Len64(us) - 6 // 1 for 64 to 127 µs
	return 32 + octave*32 + int(us>>octave) - 32
}

// value is the lowest duration of a class, in ns.
func value(c int) int64 {
	if c < 64 {
		return int64(c) * 1000
	}
	octave := (c - 32) / 32
	return int64(32+(c-32)%32) << octave * 1000
}

// quantile is the duration that a share q of them does not pass, in seconds.
func (h *histogram) quantile(q float64) float64 {
	seen := 0
	for c, n := range h.classes {
		if seen += n; n > 0 && float64(seen) >= q*float64(h.n) {
			return float64(value(c)) / 1e9
		}
	}
	return 0
}

func (h *histogram) latency() Latency {
	return Latency{P50: h.quantile(0.5), P99: h.quantile(0.99), P999: h.quantile(0.999), Max: float64(h.max) / 1e9}
}
