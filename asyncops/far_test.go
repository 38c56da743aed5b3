package asyncops_test

import (
	"math"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// "async(..., "2562047h")": a time limit as long as can be written is no limit that is past.
func TestLongestDeadline(t *testing.T) {
	run := oneLoop(t)
	run(func(l *loop.Loop, tab *asyncops.Table) {
		var o op
		tok, _, _ := tab.Begin(l, &o, math.MaxInt64, new(heard))
		if o.deadline <= l.Now() {
			t.Errorf("the deadline is %d, now it is %d", o.deadline, l.Now())
		}
		tab.Abandon(l, tok)
	})
}
