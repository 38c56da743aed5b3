package pg

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A duration lies below its class's bound and not below the one before.
func TestBuckets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		ns := rnd.Int64N(1 << (10 + rnd.IntN(26)))
		i := bucket(ns)
		if i < Buckets-1 && ns >= BucketBound(i) || i > 0 && ns < BucketBound(i-1) {
			t.Fatalf("%d ns is in class %d, which ends at %d", ns, i, BucketBound(i))
		}
	}
	if bucket(0) != 0 || bucket(1<<62) != Buckets-1 {
		t.Error("the ends are not in the first and last class")
	}
}

// "Slow is four times the median, at least 5 ms"; classes are a quarter octave
// wide, so the median is right to an eighth.
func TestSlowThreshold(t *testing.T) {
	const ms = int64(1e6)
	var w window
	if got := w.threshold(0); got != 5*ms {
		t.Errorf("knowing nothing: slow from %d ns", got)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	var all []int64
	for range 999 {
		ns := 8*ms + rnd.Int64N(30*ms)
		all = append(all, ns)
		w.add(5*second, ns)
	}
	slices.Sort(all)
	want := 4 * all[len(all)/2]
	if got := w.threshold(5 * second); got < want*7/8 || got > want*9/8 {
		t.Errorf("slow from %d ns, want about %d", got, want)
	}
	if w.add(5*second, 20*ms) || !w.add(5*second, 200*ms) {
		t.Error("20 ms are slow, or 200 ms are not, with a median of about 23")
	}
}

// What is older than ten seconds is forgotten, even after a long silence.
func TestWindowForgets(t *testing.T) {
	const ms = int64(1e6)
	for _, pause := range []int64{10, 11, 19, 20, 1000} {
		var w window
		for i := range int64(100) {
			w.add(3*second+i, 100*ms)
		}
		if w.threshold(12*second) < 300*ms {
			t.Error("forgotten after nine seconds")
		}
		if got := w.threshold((3 + pause) * second); got != 5*ms || w.n != 0 || w.slow != 0 {
			t.Errorf("%d s later: slow from %d ns, %d known, %d slow", pause, got, w.n, w.slow)
		}
	}
}

// Calm is enough queries of which next to none was slow.
func TestCalm(t *testing.T) {
	var w window
	for i := range enoughSamples {
		if w.calm(0) {
			t.Fatal("calm after ", i)
		}
		w.add(0, 1000)
	}
	if !w.calm(0) {
		t.Error("not calm after enough")
	}
	w.add(0, second)
	if w.calm(0) {
		t.Error("calm though one of 33 was slow")
	}
	for range rareSlow {
		w.add(0, 1000)
	}
	if !w.calm(0) {
		t.Error("not calm though one of 289 was slow")
	}
	if w.calm(10 * second) {
		t.Error("calm though nothing is known any more")
	}
}

// "Shared out over the loops, at least one each."
func TestShare(t *testing.T) {
	for _, c := range []struct{ n, loops, sum int }{{10, 4, 10}, {64, 2, 64}, {1, 4, 4}, {7, 3, 7}} {
		sum := 0
		for i := range c.loops {
			s := share(c.n, c.loops, i)
			if s < 1 || s > c.n/c.loops+1 {
				t.Errorf("%d over %d loops: loop %d has %d", c.n, c.loops, i, s)
			}
			sum += s
		}
		if sum != c.sum {
			t.Errorf("%d over %d loops: %d in all, want %d", c.n, c.loops, sum, c.sum)
		}
	}
}
