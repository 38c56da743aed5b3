package proxy

import "testing"

// Each class of responses has its counter, with and without a transaction.
func TestCountersByClass(t *testing.T) {
	var c Counters
	for code, n := range map[int]int{200: 1, 302: 2, 404: 3, 503: 4, 603: 5} {
		for range n {
			c.countFinal(code)
			c.countStateless(code)
		}
	}
	c.countStateless(100)
	for i, got := range []uint64{c.Tx2xx.Load(), c.Tx3xx.Load(), c.Tx4xx.Load(), c.Tx5xx.Load(), c.Tx6xx.Load()} {
		if want := uint64(i + 1); got != want {
			t.Errorf("%dxx transactions: %d, want %d", i+2, got, want)
		}
	}
	for i, got := range []uint64{c.SL2xx.Load(), c.SL3xx.Load(), c.SL4xx.Load(), c.SL5xx.Load(), c.SL6xx.Load()} {
		if want := uint64(i + 1); got != want || c.SL1xx.Load() != 1 {
			t.Errorf("%dxx without a transaction: %d, want %d", i+2, got, want)
		}
	}
}
