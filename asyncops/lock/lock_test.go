package lock_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/lock"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rig struct {
	*looptest.Rig
	k *lock.Locker
}

func newRig(t *testing.T, loops int) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, loops)}
	r.k = lock.New(r.Group, r.Ops)
	r.Start()
	return r
}

// got is how an operation ended.
type got struct {
	out    asyncops.Outcome
	ticket lock.Ticket
}

func (r *rig) wait(lk *lock.Lock, i int, timeout time.Duration) *looptest.Pending[got] {
	return looptest.Begin(r.Rig, i, timeout, lk.Op, func(l *loop.Loop, o *lock.Op, out asyncops.Outcome) got {
		g := got{out, o.Ticket()}
		o.Free(l)
		return g
	})
}

func (r *rig) try(lk *lock.Lock, i int) (t lock.Ticket) {
	r.Group.Do(i, func(l *loop.Loop) { t = lk.Try(l) })
	return t
}

// "A lock that is free is taken, and one that nobody waits for given back, by one
// atomic instruction on whatever loop."
func TestTryAndRelease(t *testing.T) {
	r := newRig(t, 2)
	lk := r.k.Lock(0)
	first := r.try(lk, 1)
	if first == 0 {
		t.Fatal("a new lock is not free")
	}
	if r.try(lk, 0) != 0 || r.try(lk, 1) != 0 {
		t.Error("taken twice")
	}
	if !lk.Release() || lk.Release() {
		t.Error("Release must say whether somebody held the lock")
	}
	second := r.try(lk, 0)
	if second == 0 || second == first {
		t.Errorf("tickets %d, then %d", first, second)
	}
	if lk.ReleaseTicket(first) {
		t.Error("an old ticket gave the lock back")
	}
	if !lk.ReleaseTicket(second) || r.try(lk, 0) == 0 {
		t.Error("the holder's ticket did not give the lock back")
	}
}

// "The operation stands in a queue on the lock's home loop, which hands the lock over
// when it comes free": in the order of coming.
func TestWaitersComeInOrder(t *testing.T) {
	r := newRig(t, 2)
	lk := r.k.Lock(0)
	if r.try(lk, 1) == 0 {
		t.Fatal("not free")
	}
	a := r.wait(lk, 0, time.Minute)
	r.Group.Do(0, func(*loop.Loop) {})
	b := r.wait(lk, 1, time.Minute)
	r.Group.Do(1, func(*loop.Loop) {})
	r.Group.Do(0, func(*loop.Loop) {})
	if a.Ended() || b.Ended() {
		t.Fatal("a lock that is held was handed over")
	}
	lk.Release()
	if g := a.Wait(); g.out != asyncops.Completed || g.ticket == 0 {
		t.Errorf("the first: %+v", g)
	}
	if b.Ended() {
		t.Error("both have it")
	}
	lk.Release()
	if g := b.Wait(); g.out != asyncops.Completed {
		t.Errorf("the second: %+v", g)
	}
}

// "An operation has a deadline like any other": who gives up leaves the queue, and the
// next in it gets the lock.
func TestDeadline(t *testing.T) {
	r := newRig(t, 2)
	lk := r.k.Lock(1)
	r.try(lk, 0)
	a := r.wait(lk, 0, 10*time.Millisecond)
	b := r.wait(lk, 0, time.Minute)
	if g := a.Wait(); g.out != asyncops.TimedOut || g.ticket != 0 {
		t.Errorf("%+v", g)
	}
	lk.Release()
	if g := b.Wait(); g.out != asyncops.Completed {
		t.Errorf("%+v", g)
	}
	lk.Release()
	if r.try(lk, 0) == 0 {
		t.Error("not free in the end")
	}
}

// Many runs on all loops, some of which give up at any moment: never two holders, and
// in the end the lock is free.
func TestNeverTwoHolders(t *testing.T) {
	const loops, each = 3, 300
	r := newRig(t, loops)
	lk := r.k.Lock(1)
	var inside, most, completed atomic.Int32
	var all []*looptest.Pending[got]
	for range each {
		for i := range loops {
			timeout := time.Duration(1+rand.IntN(20)) * time.Millisecond
			p := looptest.Begin(r.Rig, i, timeout, lk.Op, func(l *loop.Loop, o *lock.Op, out asyncops.Outcome) got {
				g := got{out, o.Ticket()}
				o.Free(l)
				if out == asyncops.Completed {
					completed.Add(1)
					most.Store(max(most.Load(), inside.Add(1)))
					inside.Add(-1)
					if !lk.ReleaseTicket(g.ticket) {
						t.Error("the holder does not hold the lock")
					}
				}
				return g
			})
			if rand.IntN(8) == 0 {
				p.Abandon()
				continue
			}
			all = append(all, p)
		}
	}
	for _, p := range all {
		p.Wait()
	}
	r.Until("the lock comes free", func() bool {
		if r.try(lk, 0) == 0 {
			return false
		}
		lk.Release()
		return true
	})
	if most.Load() != 1 || completed.Load() == 0 {
		t.Errorf("%d holders at a time, %d completed", most.Load(), completed.Load())
	}
}
