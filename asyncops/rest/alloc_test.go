package rest

import (
	"crypto/tls"
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

// Over TLS the standard library allocates for each record that it reads, at both ends, and
// keeps its buffers in a sync.Pool, which forgets; we add nothing.
func TestGetAllocatesTLS(t *testing.T) {
	url, cfg := newLeanTLSPeer(t, ok200)
	run := newRig(t, 1, Config{TLS: cfg}).chain(url)
	run(100)
	const n = 1000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run(n)
	runtime.ReadMemStats(&after)
	if got := float64(after.Mallocs-before.Mallocs) / n; got > 5 {
		t.Errorf("%.2f allocations per request", got)
	}
}

func BenchmarkGet(b *testing.B) {
	bench(b, newLeanPeer(b, ok200).url(), nil)
}

func BenchmarkGetTLS(b *testing.B) {
	url, cfg := newLeanTLSPeer(b, ok200)
	bench(b, url, cfg)
}

func bench(b *testing.B, url string, cfg *tls.Config) {
	run := newRig(b, 1, Config{TLS: cfg}).chain(url)
	run(10)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}
