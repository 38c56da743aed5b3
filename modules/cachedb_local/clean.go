package cachedb_local

import (
	"time"

	"github.com/fastsips/fastsips/cachedb/memory"
	"github.com/fastsips/fastsips/loop"
)

// A search for keys whose time is over looks at some leaves and pauses, so that no loop
// is held up by a large collection.
const (
	cleanLeaves = 256
	cleanPause  = 10 * time.Millisecond
)

// expiring says that there are keys whose time will be over. Whatever loop hears of it
// first has the timer, until there are none.
func (x *collection) expiring(l *loop.Loop) {
	if !x.fresh.Load() {
		x.fresh.Store(true)
	}
	if !x.armed.Load() && x.armed.CompareAndSwap(false, true) {
		l.After(x.m.clean, x.m.cleaning, x.index)
	}
}

// tick goes through the next leaves. Fresh says of keys that came in since the search
// began, more of those that it has left behind.
func (x *collection) tick(l *loop.Loop) {
	if x.cursor == (memory.Cursor{}) {
		x.fresh.Store(false)
		x.more = false
	}
	next, gone, more := x.table.Prune(l.Now(), x.cursor, cleanLeaves, nil)
	x.m.states.On(l).expired.Add(uint64(gone))
	x.cursor, x.more = next, x.more || more
	if !next.Over() {
		l.After(cleanPause, x.m.cleaning, x.index)
		return
	}
	x.cursor = memory.Cursor{}
	if x.more || x.fresh.Load() {
		l.After(x.m.clean, x.m.cleaning, x.index)
		return
	}
	x.armed.Store(false)
	if x.fresh.Load() { // it came before armed was cleared, and relied on it
		x.expiring(l)
	}
}
