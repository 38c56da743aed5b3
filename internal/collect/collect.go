// Package collect has collections of the heap done by fewer Ps than the process has.
//
// A P that has nothing else to do marks for as long as a collection takes. Where each P has
// a processor that is welcome. Where the loops fill the processors, the P that there is
// besides them marks at the expense of one: the kernel gives the two threads half a
// processor each, which is too little for a loop that is well used. Without that P only the
// quarter of the loops' time that Go always takes is used for marking. It lasts longer, and
// is hardly noticed.
//
// Nothing tells when Go is about to begin a collection, and their Ps cannot be changed once
// it has. So [Watch] begins them itself, a little earlier than Go would.
package collect

import (
	"runtime"
	"sync"
	"time"
)

var one sync.Mutex

// With collects, with at most procs Ps until all that lives is marked; 0: as many as there
// are. It calls changed whenever it has changed GOMAXPROCS, and returns when all garbage has
// been swept.
func With(procs int, changed func()) {
	one.Lock()
	defer one.Unlock()
	was := runtime.GOMAXPROCS(0)
	if procs <= 0 || procs >= was {
		runtime.GC()
		return
	}
	set := func(procs int) { runtime.GOMAXPROCS(procs); changed() }
	set(procs)
	marked, over := newWatch(), make(chan struct{})
	before := marked.look().cycles
	go func() { runtime.GC(); close(over) }()
	for marked.look().cycles == before { // sweeping gives way to all others after each span
		time.Sleep(step)
	}
	set(was)
	<-over
}

// step is how often With looks whether all is marked.
const step = 5 * time.Millisecond

// Watch collects with at most procs Ps shortly before Go would, until stop is closed. Go
// still does what comes in between: nothing depends on Watch being in time. changed is as
// for [With].
func Watch(procs int, changed func(), stop <-chan struct{}) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	w := newWatch()
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			if w.due(w.look(), now) {
				With(procs, changed)
				w.took(time.Since(now))
			}
		}
	}
}
