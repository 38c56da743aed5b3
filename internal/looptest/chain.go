package looptest

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A chain begins one operation after the other without leaving its loop.
type chain struct {
	t     testing.TB
	begin func(*loop.Loop, asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool)
	end   func(*loop.Loop, asyncops.Op, asyncops.Outcome)
	left  int
	done  chan struct{}
}

// Chain has n operations run one after the other on loop i: begin begins one, which
// must not end at once, and end frees it. The channel is closed after the last. The
// chain itself allocates nothing for an operation.
func (r *Rig) Chain(i, n int, begin func(*loop.Loop, asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool), end func(*loop.Loop, asyncops.Op, asyncops.Outcome)) <-chan struct{} {
	c := &chain{t: r.T, begin: begin, end: end, left: n, done: make(chan struct{})}
	r.Group.Do(i, c.next)
	return c.done
}

func (c *chain) next(l *loop.Loop) {
	if c.left == 0 {
		close(c.done)
		return
	}
	c.left--
	if _, out, pending := c.begin(l, c); !pending {
		c.t.Error("an operation of a chain ended at once: ", out)
		close(c.done)
	}
}

// Resume goes on with the next operation.
func (c *chain) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	c.end(l, op, out)
	c.next(l)
}
