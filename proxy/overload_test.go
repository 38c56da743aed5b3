package proxy

import (
	"testing"
	"time"
)

// A hiccup does not refuse calls; a wait that stays over the target for three
// seconds does, until a datagram comes in time again.
func TestOverloadShedsOnlyWhenItLasts(t *testing.T) {
	const ms = int64(time.Millisecond)
	o := overload{target: 50 * ms}
	for _, step := range []struct {
		now, wait int64
		shed      bool
	}{
		{1000, 10, false},
		{1100, 900, false}, // the process was stopped for a moment
		{1200, 60, false},
		{1300, 20, false}, // and has caught up
		{2000, 70, false},
		{2900, 60, false},
		{3800, 60, false},
		{4700, 80, false},
		{5000, 90, true}, // three seconds without one in time
		{5500, 51, true},
		{5501, 50, false},
		{5600, 60, false}, // counts anew
		{8700, 60, false}, // nothing came meanwhile: that is no overload
		{8800, 60, false},
	} {
		if got := o.saw(step.now*ms, step.wait*ms); got != step.shed {
			t.Errorf("at %d ms, waited %d ms: shed = %v, want %v", step.now, step.wait, got, step.shed)
		}
	}
	if off := (&overload{}); off.saw(1, 1<<40) || off.saw(1<<40, 1<<40) {
		t.Error("sheds although switched off")
	}
}
