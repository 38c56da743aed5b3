package metrics

import "testing"

// One writer, many readers: what a reader sees never goes back.
func TestCounterIsMonotonicForReaders(t *testing.T) {
	var c Counter
	done := make(chan bool)
	go func() {
		last := uint64(0)
		for last < 10000 {
			n := c.Load()
			if n < last {
				t.Errorf("counter went from %d to %d", last, n)
				break
			}
			last = n
		}
		done <- true
	}()
	for range 5000 {
		c.Inc()
		c.Add(1)
	}
	<-done
	if got := c.Load(); got != 10000 {
		t.Errorf("counted %d, want 10000", got)
	}
}

func TestGaugeReturnsToZero(t *testing.T) {
	var g Gauge
	g.Add(3)
	g.Add(-3)
	if got := g.Load(); got != 0 {
		t.Errorf("gauge is %d, want 0", got)
	}
}
