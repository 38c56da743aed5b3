// Package lock is the operation that waits for a lock of the script:
// get_static_lock() and get_dynamic_lock().
//
// A lock that is free is taken, and one that nobody waits for given back, by one
// atomic instruction on whatever loop; no loop ever waits for it. Who finds it taken
// parks its run: the operation stands in a queue on the lock's home loop, which hands
// the lock over when it comes free. The package refuses to take part in deadlocks for
// ever: an operation has a deadline like any other.
package lock

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Ticket is one holding of a lock. Zero is none. It is never used again, so that a
// holder can give back what it still holds and nothing else.
type Ticket uint64

// A Locker makes locks and the operations that wait for them.
type Locker struct {
	g       *loop.Group
	ops     loop.Pool[Op]
	tickets loop.Local[uint64]
	made    int
	backend *asyncops.Backend
}

// New returns a Locker. Call it before g.Start. Ops is where its operations will be
// begun.
func New(g *loop.Group, ops *asyncops.Set) *Locker {
	return &Locker{g: g, backend: ops.Backend("lock", ""), ops: loop.NewPool[Op](g), tickets: loop.NewLocal[uint64](g, nil)}
}

// ticket returns one that no loop has used.
func (k *Locker) ticket(l *loop.Loop) Ticket {
	n := k.tickets.On(l)
	*n++
	return Ticket(*n*uint64(l.Count()) + uint64(l.Index()))
}

// A Lock is taken by one holder at a time.
type Lock struct {
	locker  *Locker
	home    loop.Mailbox
	holder  atomic.Uint64 // its Ticket, 0: free
	waiting atomic.Int32  // operations that are in the queue or on their way to it
	called  atomic.Bool   // handOver is on its way
	handing loop.Task

	queue asyncops.Queue[Op] // the home loop's
}

// Lock returns a new lock. Its home is one loop after the other; home says which.
func (k *Locker) Lock(home int) *Lock {
	lk := &Lock{locker: k, home: k.g.Mailbox(home % k.g.Len())}
	lk.handing.Run = lk.handOver
	return lk
}

// Try takes the lock if it is free; 0: it is not.
func (lk *Lock) Try(l *loop.Loop) Ticket {
	if lk.holder.Load() != 0 {
		return 0
	}
	return lk.take(l)
}

func (lk *Lock) take(l *loop.Loop) Ticket {
	t := lk.locker.ticket(l)
	if lk.holder.CompareAndSwap(0, uint64(t)) {
		return t
	}
	return 0
}

// Held reports whether t holds the lock.
func (lk *Lock) Held(t Ticket) bool { return lk.holder.Load() == uint64(t) }

// Release gives the lock back, whoever holds it; false: nobody does.
func (lk *Lock) Release() bool {
	if lk.holder.Swap(0) == 0 {
		return false
	}
	lk.next()
	return true
}

// ReleaseTicket gives the lock back if t still holds it.
func (lk *Lock) ReleaseTicket(t Ticket) bool {
	if !lk.holder.CompareAndSwap(uint64(t), 0) {
		return false
	}
	lk.next()
	return true
}

// next calls the home loop if somebody waits. Who comes to wait raises waiting before
// it looks at holder, who gives back clears holder before it looks at waiting: one of
// the two sees the other.
func (lk *Lock) next() {
	if lk.waiting.Load() > 0 && lk.called.CompareAndSwap(false, true) {
		lk.home.Post(&lk.handing)
	}
}

func (lk *Lock) handOver(l *loop.Loop) {
	lk.called.Store(false)
	lk.serve(l)
}

// serve gives the lock to who came first, if it is free.
func (lk *Lock) serve(l *loop.Loop) {
	o := lk.queue.First()
	if o == nil {
		return
	}
	t := lk.take(l)
	if t == 0 {
		return // somebody was faster, and calls us in turn
	}
	lk.queue.Remove(&o.place)
	lk.waiting.Add(-1)
	o.got = t
	o.from.Post(&o.ask)
}
