package metrics

import (
	"math"
	"testing"
)

// "Class i ends below BucketBound(i)": a duration lies below its class's bound and not
// below the one before.
func TestBuckets(t *testing.T) {
	for _, ns := range []int64{0, 1, 1<<14 - 1, 1 << 14, 20_000, 1e6, 4_999_999, 5e6, 1e9, 30e9, 180e9, 1<<38 - 1} {
		i := bucket(ns)
		if ns >= BucketBound(i) || i > 0 && ns < BucketBound(i-1) {
			t.Errorf("%d ns is in class %d, which ends below %d", ns, i, BucketBound(i))
		}
	}
	for _, ns := range []int64{1 << 38, math.MaxInt64} {
		if bucket(ns) != Buckets-1 {
			t.Errorf("%d ns is in class %d, want the last", ns, bucket(ns))
		}
	}
}

// A Distribution has all that the loops' Histograms counted; a quantile is at most a
// quarter too much.
func TestHistogram(t *testing.T) {
	var one, two Histogram
	for n := int64(1); n <= 500; n++ {
		one.Observe(n * 1e6)
		two.Observe((n + 500) * 1e6)
	}
	two.Observe(-1)
	var d Distribution
	one.AddTo(&d)
	two.AddTo(&d)
	if d.N != 1001 || d.Sum != 500_500*1e6 {
		t.Errorf("%d durations, sum %d", d.N, d.Sum)
	}
	for q, want := range map[float64]int64{0.5: 500e6, 0.99: 990e6, 1: 1000e6} {
		if got := d.Quantile(q); got < want || float64(got) > 1.25*float64(want) {
			t.Errorf("quantile %v is %d, want about %d", q, got, want)
		}
	}
	if new(Distribution).Quantile(0.5) != 0 {
		t.Error("the median of nothing is not 0")
	}
	if n := testing.AllocsPerRun(1000, func() { one.Observe(7e6) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
