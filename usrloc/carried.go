package usrloc

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Carried is the half of an [UpdateOp] that all Backends have in common: it takes a change
// to the home loop of its AoR, where Arrive goes on with it, and brings the result back to
// the loop that waits. Whoever embeds it sets Store, Change and Arrive.
//
// Nobody may wait for it any more: Unwanted says so at home. It comes back in any case.
type Carried struct {
	Store  *Store
	Change *Change
	Arrive func(*loop.Loop) // on the home loop

	done     asyncops.Completion
	origin   loop.Mailbox
	back     bool
	result   Result
	unwanted atomic.Bool
	task     loop.Task
}

// Start sends the change home.
func (u *Carried) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	u.done, u.origin = c, l.Mailbox()
	home := u.Store.Home(u.Change.Domain, u.Change.AoR)
	if home == l.Index() {
		u.Arrive(l)
		return
	}
	u.task.Run = u.Arrive
	u.Store.group.Mailbox(home).Post(&u.task)
}

// Cancel says that nobody waits any more.
func (u *Carried) Cancel(*loop.Loop) { u.unwanted.Store(true) }

// Unwanted reports that nobody waits any more.
func (u *Carried) Unwanted() bool { return u.unwanted.Load() }

// Result is what came of it.
func (u *Carried) Result(_ *loop.Loop, out asyncops.Outcome) Result {
	if out != asyncops.Completed || !u.back {
		return Result{Verdict: BackendFailed}
	}
	return u.result
}

// Finish sends the result back, from the home loop. The change is freed.
func (u *Carried) Finish(l *loop.Loop, r Result) {
	u.result = r
	u.Store.FreeChange(l, u.Change)
	u.Change = nil
	if u.origin == l.Mailbox() {
		u.end(l)
		return
	}
	u.task.Run = u.end
	u.origin.Post(&u.task)
}

func (u *Carried) end(l *loop.Loop) {
	u.back = true
	u.done.Done(l, asyncops.Completed)
}

// Lanes keep what is done for an AoR in order, by a hash of it: one thing is under way, others
// wait. They belong to a loop.
type Lanes[T any] struct {
	by    map[uint64]*lane[T]
	spare []*lane[T]
}

type lane[T any] struct{ waiting []T }

// Busy reports whether something is under way.
func (x *Lanes[T]) Busy(key uint64) bool { return x.by[key] != nil }

// Take says that something is under way from now on. Nothing must have been.
func (x *Lanes[T]) Take(key uint64) {
	if x.by == nil {
		x.by = map[uint64]*lane[T]{}
	}
	if n := len(x.spare); n > 0 {
		x.by[key], x.spare = x.spare[n-1], x.spare[:n-1]
		return
	}
	x.by[key] = new(lane[T])
}

// Wait puts t behind what is under way.
func (x *Lanes[T]) Wait(key uint64, t T) {
	q := x.by[key]
	q.waiting = append(q.waiting, t)
}

// Next says that what was under way has ended, and returns what is from now on; ok is false
// if nothing has waited.
func (x *Lanes[T]) Next(key uint64) (t T, ok bool) {
	q := x.by[key]
	if len(q.waiting) > 0 {
		t = q.waiting[0]
		n := copy(q.waiting, q.waiting[1:])
		clear(q.waiting[n:])
		q.waiting = q.waiting[:n]
		return t, true
	}
	delete(x.by, key)
	if cap(q.waiting) <= 64 {
		x.spare = append(x.spare, q)
	}
	return t, false
}
