package main

import (
	"os"
	"runtime"

	"github.com/fastsips/fastsips/internal/collect"
	"github.com/fastsips/fastsips/loop"
)

// setProcs gives Go one P more than there are loops to run at a time, unless the
// environment says otherwise.
//
// Then loops nap (docs/decisions/0061-naps.md), keeping their Ps, and everybody else
// has one as well. With two loops a call at 2,000/s cost 163 µs of CPU so, 234 with as
// many Ps as loops, and 208 with two more. At full load there is no difference.
func setProcs(loops int) {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	runtime.GOMAXPROCS(min(loops, runtime.GOMAXPROCS(0)) + 1) // the default knows the quota
}

// watchHeap has heaps collected without the P that is one more than loops, where that has no
// processor of its own. The caller calls stop.
func (p *loopPlan) watchHeap(g *loop.Group) (stop func()) {
	if os.Getenv("GOMAXPROCS") != "" || p.loops < p.usable.Loops() {
		return func() {}
	}
	over := make(chan struct{})
	go collect.Watch(runtime.GOMAXPROCS(0)-1, g.NoteProcs, over)
	return func() { close(over) }
}
