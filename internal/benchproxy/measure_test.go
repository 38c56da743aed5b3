package benchproxy

import (
	"math"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
)

// Of two processors one is the generator's, which polls and so is never idle, the other is
// shared by the proxy and a server, and idle for the rest: nobody else has had any. What
// somebody else had is what is neither theirs nor idle.
func TestForeign(t *testing.T) {
	const took = 2 * time.Second
	from := time.Now()
	at := func(d time.Duration, share float64) snapshot {
		used := time.Duration(share * float64(d))
		return snapshot{
			at:    from.Add(d),
			proxy: procs.Usage{CPU: used}, serving: procs.Usage{CPU: used / 4},
			cores: []procs.Core{{At: from.Add(d), Idle: d - used - used/4}, {At: from.Add(d)}},
		}
	}
	before, after := at(0, 0), at(took, 0.16)
	c := account(before, after, load.Result{CPU: took.Seconds(), Ended: 20000})
	for _, x := range []struct {
		what      string
		got, want float64
	}{{"proxy", c.Cores, 0.16}, {"all others", c.Other, 1.04}, {"foreign", c.Foreign, 0}, {"proxy, each", c.CPU, 16}, {"generator, each", c.Generator, 100}} {
		if math.Abs(x.got-x.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", x.what, x.got, x.want)
		}
	}
	after.cores[0].Idle -= took / 4
	if c := account(before, after, load.Result{CPU: took.Seconds(), Ended: 20000}); math.Abs(c.Foreign-0.25) > 1e-6 {
		t.Errorf("somebody had a quarter: %v", c.Foreign)
	}
	after.cores[0].Steal = took / 4 // somebody else's machine
	if c := account(before, after, load.Result{CPU: took.Seconds(), Ended: 20000}); c.Foreign > 1e-6 || math.Abs(c.Steal-0.25) > 1e-6 {
		t.Errorf("a quarter was stolen: %+v", c)
	}
}
