package lock

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// An Op waits for a Lock. It travels to the lock's home loop, where it stands in the
// queue, and back with the lock: two tasks, each of which is at one place at a time.
type Op struct {
	lock *Lock
	from loop.Mailbox // of the loop that asked
	ask  loop.Task    // to the queue, and back when the lock is ours
	stop loop.Task    // takes us out of the queue, and comes back
	done asyncops.Completion

	For any // the caller's

	place asyncops.Place[Op] // the home loop's
	got   Ticket             // the home loop's until ask or stop has come back

	ticket   Ticket // of the completed operation
	asked    bool   // ask has run on the home loop
	gone     bool   // cancelled
	returned bool   // the loop that asked has it back, and may free it
	freed    bool
}

var _ asyncops.Metered = (*Op)(nil)

// Backend is that of all locks.
func (o *Op) Backend() *asyncops.Backend { return o.lock.locker.backend }

// Op returns an operation that waits for lk. Whoever was resumed gives it back with
// Free.
func (lk *Lock) Op(l *loop.Loop) *Op {
	o := lk.locker.ops.Get(l)
	o.lock, o.from = lk, l.Mailbox()
	o.got, o.ticket, o.asked, o.gone, o.returned, o.freed = 0, 0, false, false, false, false
	if o.ask.Run == nil {
		o.ask.Run, o.stop.Run = o.runAsk, o.runStop
	}
	return o
}

// Lock is what it waits for.
func (o *Op) Lock() *Lock { return o.lock }

// Ticket is what the lock is held by after the operation has completed; 0 otherwise.
func (o *Op) Ticket() Ticket { return o.ticket }

// Start goes to the queue.
func (o *Op) Start(_ *loop.Loop, c asyncops.Completion, _ int64) {
	o.done = c
	o.lock.waiting.Add(1)
	o.lock.home.Post(&o.ask)
}

// runAsk runs on the home loop first, then on the one that asked.
func (o *Op) runAsk(l *loop.Loop) {
	if !o.asked {
		o.asked = true
		o.lock.queue.Push(&o.place, o)
		o.lock.serve(l)
		return
	}
	if o.gone { // stop is still under way and frees us
		o.lock.ReleaseTicket(o.got)
		return
	}
	o.returned, o.ticket = true, o.got
	o.done.Done(l, asyncops.Completed)
}

// Cancel leaves the queue.
func (o *Op) Cancel(*loop.Loop) {
	o.gone = true
	o.lock.home.Post(&o.stop)
}

// runStop runs on the home loop first, behind ask, then on the one that asked: behind
// ask again if the lock was already on its way.
func (o *Op) runStop(l *loop.Loop) {
	if o.returned {
		o.recycle(l)
		return
	}
	if o.got == 0 {
		o.lock.queue.Remove(&o.place)
		o.lock.waiting.Add(-1)
	}
	o.returned = true
	o.from.Post(&o.stop)
}

// Free gives o back, at once or when it has returned.
func (o *Op) Free(l *loop.Loop) {
	if o.freed {
		panic("BUG: lock operation freed twice")
	}
	o.freed = true
	if !o.gone {
		o.recycle(l)
	}
}

func (o *Op) recycle(l *loop.Loop) {
	o.freed = true // also if it was abandoned, and nobody did
	o.done, o.For = asyncops.Completion{}, nil
	o.lock.locker.ops.Put(l, o)
}
