package e2e

import (
	"runtime"
	"testing"
	"time"
)

// BenchmarkCollection prints what a collection takes for each of 100,000 suspended
// INVITEs; with GOMAXPROCS=1 that is CPU time.
func BenchmarkCollection(b *testing.B) {
	const calls = 100_000
	k := newBulk(b)
	for range calls {
		k.call("suspended")
		k.v.Net.Run(0, nil)
	}
	k.v.Net.Run(time.Second, nil)
	runtime.GC()
	for b.Loop() {
		runtime.GC()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/calls, "ns/suspended")
}
