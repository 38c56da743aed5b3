package rest

import (
	"runtime"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A chain makes one GET after the other on a loop, without leaving it.
type chain struct {
	r    *rig
	url  []byte
	left int
	done chan struct{}
	bad  int
}

func (c *chain) begin(l *loop.Loop) {
	q := c.r.client.Request(l)
	q.SetURL(c.url)
	if _, out, pending := q.Begin(l, 0, c); !pending {
		c.Resume(l, q, out)
	}
}

func (c *chain) Resume(l *loop.Loop, op asyncops.Op, _ asyncops.Outcome) {
	q := op.(*Request)
	if q.Code() != CodeOK || len(q.Body()) != 2 {
		c.bad++
	}
	q.Free(l)
	if c.left--; c.left > 0 {
		c.begin(l)
		return
	}
	c.done <- struct{}{}
}

// run makes n requests.
func (c *chain) run(n int) {
	c.left = n
	c.r.g.Do(0, c.begin)
	<-c.done
}

// A small GET on a kept connection allocates nothing: measured over the whole
// process, so the server, which allocates nothing either, is counted too.
func TestGetAllocates(t *testing.T) {
	p := newLeanPeer(t, ok200)
	r := newRig(t, 1, Config{})
	c := &chain{r: r, url: []byte(p.url()), done: make(chan struct{})}
	c.run(100) // warm up
	const n = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.run(n)
	runtime.ReadMemStats(&after)
	if c.bad != 0 {
		t.Fatalf("%d requests failed", c.bad)
	}
	if got := float64(after.Mallocs-before.Mallocs) / n; got > 0.05 {
		t.Errorf("%.2f allocations per request", got)
	}
}

func BenchmarkGet(b *testing.B) {
	p := newLeanPeer(b, ok200)
	r := newRig(b, 1, Config{})
	c := &chain{r: r, url: []byte(p.url()), done: make(chan struct{})}
	c.run(10)
	b.ReportAllocs()
	b.ResetTimer()
	c.run(b.N)
}
