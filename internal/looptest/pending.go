package looptest

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Pending is an operation that was begun; an A is what the test wants to know of
// it in the end.
type Pending[A any] struct {
	AtOnce bool // it ended within its Start
	rig    *Rig
	loop   int
	token  asyncops.Token
	answer chan A
}

// Begin begins the operation that set makes on loop i. When it has ended, read makes
// an A of it and frees it. A timeout of 0 is long.
func Begin[O asyncops.Op, A any](r *Rig, i int, timeout time.Duration, set func(*loop.Loop) O, read func(*loop.Loop, O, asyncops.Outcome) A) *Pending[A] {
	var p *Pending[A]
	r.Group.Do(i, func(l *loop.Loop) { p = BeginOn(r, l, timeout, set(l), read) })
	return p
}

// BeginOn is Begin for those who are on the loop.
func BeginOn[O asyncops.Op, A any](r *Rig, l *loop.Loop, timeout time.Duration, op O, read func(*loop.Loop, O, asyncops.Outcome) A) *Pending[A] {
	p := &Pending[A]{rig: r, loop: l.Index(), answer: make(chan A, 1)}
	ended := waiter(func(l *loop.Loop, ended asyncops.Op, out asyncops.Outcome) {
		if ended != asyncops.Op(op) {
			r.T.Error("resumed with another operation")
		}
		p.answer <- read(l, op, out)
	})
	tok, out, pending := r.Ops.On(l).Begin(l, op, timeout, ended)
	if p.token = tok; !pending {
		p.AtOnce = true
		ended(l, op, out)
	}
	return p
}

type waiter func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome)

func (w waiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) { w(l, op, out) }

// Wait returns the answer. It is for one caller, once.
func (p *Pending[A]) Wait() A {
	p.rig.T.Helper()
	return Receive(p.rig.T, "an operation's end", p.answer)
}

// Ended reports whether Wait would not have to wait.
func (p *Pending[A]) Ended() bool { return len(p.answer) != 0 }

// Abandon makes the waiter go away. An operation that has ended does not mind.
func (p *Pending[A]) Abandon() { p.rig.Group.Do(p.loop, p.AbandonOn) }

// AbandonOn is Abandon for those who are on the loop.
func (p *Pending[A]) AbandonOn(l *loop.Loop) { p.rig.Ops.On(l).Abandon(l, p.token) }
