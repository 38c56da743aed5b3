package rest

import (
	"runtime"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// chain returns a function that makes n GETs of a body of two bytes, one after the
// other.
func (r *rig) chain(url string) func(n int) {
	text := []byte(url)
	begin := func(l *loop.Loop, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
		q := r.client.Request(l)
		q.SetURL(text)
		return q.Begin(l, 0, w)
	}
	end := func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
		q := op.(*Request)
		if q.Code() != CodeOK || len(q.Body()) != 2 {
			r.T.Errorf("%v, code %d: %q", out, q.Code(), q.Body())
		}
		q.Free(l)
	}
	return func(n int) { <-r.Chain(0, n, begin, end) }
}

// A small GET on a kept connection allocates nothing: measured over the whole
// process, so the server, which allocates nothing either, is counted too.
func TestGetAllocates(t *testing.T) {
	run := newRig(t, 1, Config{}).chain(newLeanPeer(t, ok200).url())
	run(100) // warm up
	const n = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(n)
	runtime.ReadMemStats(&after)
	if got := float64(after.Mallocs-before.Mallocs) / n; got > 0.05 {
		t.Errorf("%.2f allocations per request", got)
	}
}

func BenchmarkGet(b *testing.B) {
	run := newRig(b, 1, Config{}).chain(newLeanPeer(b, ok200).url())
	run(10)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}
