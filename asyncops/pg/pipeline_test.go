package pg

import (
	"testing"

	"github.com/fastsips/fastsips/loop"
)

const ms = int64(1e6)

// The line is the quickest answer of the last ten seconds.
func TestLine(t *testing.T) {
	var w window
	if got := w.line(0); got != 0 {
		t.Errorf("knowing nothing: %d", got)
	}
	w.saw(0, 130*ms, 1)
	w.saw(1*second, 100*ms, 1)
	w.saw(2*second, 170*ms, 1)
	for at, want := range map[int64]int64{2: 100, 10: 100} {
		if got := w.line(at * second); got != want*ms {
			t.Errorf("after %d s: %d ns, want %d ms", at, got, want)
		}
	}
	if got := w.line(11 * second); got != 170*ms {
		t.Errorf("when the quickest is forgotten: %d", got)
	}
}

// "Slow is what the server takes": a query has been at the server since the answer before
// it came, but not while it or its answer must have been on the line.
func TestWorked(t *testing.T) {
	for _, c := range []struct{ sent, begun, now, line, want int64 }{
		{0, 0, 100, 100, 0},   // alone, the line and nothing else
		{0, 0, 130, 100, 30},  // alone
		{0, 0, 50, 100, 0},    // on its way
		{0, 120, 125, 100, 5}, // behind one that took 20
		{0, 40, 100, 100, 0},  // behind one whose answer was on the line at the same time
		{0, 40, 160, 100, 60}, // the same, and slow itself
		{0, 0, 130, 0, 130},   // no line
		{0, 100, 130, 0, 30},  // no line, behind another
		{0, 120, 5120, 100, 5000},
	} {
		s := slot{sent: c.sent * ms, begun: c.begun * ms}
		if got := s.worked(c.now*ms, c.line*ms); got != c.want*ms {
			t.Errorf("%+v: %d ns", c, got)
		}
	}
}

// A connection may have twice its part of what was in flight, from 4 to 1,024 queries.
func TestDepth(t *testing.T) {
	for _, c := range []struct {
		line  int64 // ms
		n     uint64
		took  int64 // ms, of n answers
		conns int
		depth uint32
	}{
		{100, 0, 100, 4, 4},            // nothing known
		{100, 4, 100, 4, 4},            // one on each
		{100, 64, 100, 4, 32},          // doubles each time
		{100, 640, 200, 4, 160},        // half of those waited at the server
		{100, 1_000_000, 100, 4, 1024}, // bounded
		{1, 40, 100, 4, 4},             // next to no line
		{1000, 300, 1000, 10, 60},
	} {
		var w window
		w.saw(0, c.line*ms, 0)
		w.saw(0, c.took*ms, c.n)
		if got := w.outlook(0, c.conns).depth; got != c.depth {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// "Slow … is more than a long line may vary by": answers 100 ms away, some 40 ms late,
// leave the window calm, and one that the server is at for 60 ms does not.
func TestCalmBehindALine(t *testing.T) {
	var w window
	for i := range int64(64) {
		took := 100*ms + i%5/4*40*ms
		s := slot{sent: 0}
		w.saw(0, took, 1)
		w.add(0, s.worked(took, w.line(0)))
	}
	if !w.calm(0) || w.outlook(0, 4).slow != 50*ms {
		t.Errorf("not calm, or slow from %d ns", w.outlook(0, 4).slow)
	}
	if !w.add(second, 60*ms) || w.calm(second) {
		t.Error("60 ms at the server are not slow")
	}
}

// "What is held up together counts once."
func TestHeldUpTogether(t *testing.T) {
	var w window
	for range 2 * rareSlow {
		w.add(0, ms)
	}
	for range 64 {
		w.add(second, 300*ms)
	}
	if w.slow != 1 || !w.calm(second) {
		t.Errorf("64 at once: %d slow", w.slow)
	}
	for i := range int64(3) {
		w.add(second+(i+1)*minSlow, 300*ms)
	}
	if w.slow != 4 || w.calm(second) {
		t.Errorf("and three after each other: %d slow", w.slow)
	}
}

// Queries keep their numbers while the ring grows and the numbers wrap.
func TestRing(t *testing.T) {
	c := &conn{pool: new(pool), answers: 1<<32 - 7}
	l := new(loop.Loop)
	var under []*Query
	for i := range 3000 {
		q := new(Query)
		q.slot = c.push(l, slot{q: q})
		under = append(under, q)
		for _, q := range under {
			if c.at(q.slot).q != q {
				t.Fatal("after ", i, ": a query is not in its place")
			}
		}
		if i%3 == 2 {
			if c.pop().q != under[0] {
				t.Fatal("after ", i, ": the first is not in front")
			}
			under = under[1:]
		}
		if i >= 60 && len(under) > 40 {
			for len(under) > 3 {
				c.pop()
				under = under[1:]
			}
		}
	}
	if int(c.n) != len(under) || len(c.slots) > 64 {
		t.Errorf("%d under way, want %d, in %d slots", c.n, len(under), len(c.slots))
	}
}
