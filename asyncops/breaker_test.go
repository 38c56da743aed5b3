package asyncops_test

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
)

const ms = int64(time.Millisecond)

// A Breaker opens after consecutive failures only, lets one probe through per
// interval, which doubles with each failed probe, and closes at a success.
func TestBreaker(t *testing.T) {
	b := asyncops.NewBreaker(asyncops.BreakerConfig{})
	allow := func(at int64, want bool) {
		t.Helper()
		if b.Allow(at) != want {
			t.Errorf("Allow at %d ms = %v, want %v", at/ms, !want, want)
		}
	}
	for range 4 {
		b.Failure(0)
	}
	b.Success()
	for range 4 {
		b.Failure(0)
	}
	allow(0, true)
	b.Failure(0) // the fifth in a row
	if !b.Open() {
		t.Error("not open after five failures")
	}
	for range 100 {
		b.Failure(0) // of what was under way: they do not count
	}
	allow(499*ms, false)
	allow(500*ms, true)
	allow(501*ms, false)
	b.Failure(600 * ms) // the probe: now 1 s
	allow(1599*ms, false)
	allow(1600*ms, true)
	allow(2599*ms, false) // the probe is not heard of; another follows
	allow(2600*ms, true)
	b.Success()
	allow(2600*ms, true)
	allow(2600*ms, true)
	if b.Open() {
		t.Error("open after a success")
	}
}

// "Probe doubles with each failed probe up to MaxProbe."
func TestBreakerIntervalIsBounded(t *testing.T) {
	b := asyncops.NewBreaker(asyncops.BreakerConfig{Failures: 1, Probe: 100 * time.Millisecond, MaxProbe: 300 * time.Millisecond})
	b.Failure(0)
	now := int64(0)
	for _, wait := range []int64{100, 200, 300, 300} {
		if b.Allow(now + wait*ms - 1) {
			t.Errorf("probe before %d ms", wait)
		}
		now += wait * ms
		if !b.Allow(now) {
			t.Errorf("no probe after %d ms", wait)
		}
		b.Failure(now)
	}
}
