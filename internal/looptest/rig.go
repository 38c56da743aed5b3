// Package looptest runs loops and operations for tests.
//
// A Rig is a group of loops and the Set that their operations begin in. Begin
// starts an operation on a loop and makes an answer of it when it has ended, there
// on the loop; the test waits for that. Everything ends with the test: what a test
// makes for the loops it closes by Cleanup, which runs before they stop. The package
// asserts nothing about time: Patience only bounds what should have happened long ago.
package looptest

import (
	"io"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Patience bounds every wait.
const Patience = 30 * time.Second

// deadline is that of operations which are given none.
const deadline = 20 * time.Second

// A Rig is a group of loops.
type Rig struct {
	T     testing.TB
	Group *loop.Group
	Ops   *asyncops.Set
}

// New makes loops that wait for Start and stop with the test.
func New(t testing.TB, loops int) *Rig {
	t.Helper()
	g, err := loop.New(loop.Config{Loops: loops, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	return &Rig{T: t, Group: g, Ops: asyncops.NewSet(g, deadline)}
}

// Start sets the loops going.
func (r *Rig) Start() {
	r.T.Helper()
	if err := r.Group.Start(); err != nil {
		r.T.Fatal(err)
	}
}

// On runs f on loop i, with the operations that are pending there.
func (r *Rig) On(i int, f func(l *loop.Loop, ops *asyncops.Table)) {
	r.Group.Do(i, func(l *loop.Loop) { f(l, r.Ops.On(l)) })
}

// Until polls: what other goroutines, sockets and processes do, nobody tells.
func (r *Rig) Until(what string, cond func() bool) {
	r.T.Helper()
	for end := time.Now().Add(Patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.T.Fatalf("never: %s", what)
		}
	}
}

// Receive waits for a value, or for the end of c.
func Receive[A any](t testing.TB, what string, c <-chan A) A {
	t.Helper()
	select {
	case a := <-c:
		return a
	case <-time.After(Patience):
		t.Fatal("waited in vain for ", what)
		panic("unreachable")
	}
}
