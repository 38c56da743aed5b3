package exec

import (
	"bytes"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

type phase uint8

const (
	phaseNew phase = iota
	phaseQueued
	phaseRunning // being started, too
	phaseEnded
	phaseFreed
)

// NotRun is the exit status of a command that did not run to its end.
const NotRun = -1

// A Run is one command and what came of it: an asyncops.Op of the loop it was taken
// on. Set it up, begin it, read the results, Free it.
type Run struct {
	runner *Runner

	command, stdin []byte
	env            []string
	bad            bool

	c        asyncops.Completion
	phase    phase
	deadline int64
	child    *child
	place    asyncops.Place[Run] // in state.waiting

	status         int
	stdout, stderr []byte
	truncated      bool
}

var _ asyncops.Metered = (*Run)(nil)

// Backend is that of all commands.
func (r *Run) Backend() *asyncops.Backend { return r.runner.backend }

func (r *Run) reset() {
	r.command, r.stdin, r.env = r.command[:0], r.stdin[:0], r.env[:0]
	r.stdout, r.stderr, r.truncated = nil, nil, false
	r.bad, r.phase, r.status, r.child = false, phaseNew, NotRun, nil
}

// SetCommand sets what follows sh -c. It is copied, as are all arguments.
func (r *Run) SetCommand(b []byte) { r.command = append(r.command[:0], b...) }

// SetStdin sets the command's standard input, which is empty otherwise.
func (r *Run) SetStdin(b []byte) { r.stdin = append(r.stdin[:0], b...) }

// AddEnv adds a variable, "K=V", to the command's environment. It returns false,
// and the command will not run, if kv is none.
func (r *Run) AddEnv(kv []byte) bool {
	if bytes.IndexByte(kv, '=') < 1 || bytes.IndexByte(kv, 0) >= 0 {
		r.bad = true
		return false
	}
	r.env = append(r.env, string(kv))
	return true
}

// Begin begins r in the Table of the loop in hand, for users that have no script
// run to await it; see asyncops.Table.Begin.
func (r *Run) Begin(l *loop.Loop, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return r.runner.ops.On(l).Begin(l, r, timeout, w)
}

// Start begins the command.
func (r *Run) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if r.phase != phaseNew {
		panic("BUG: command started twice")
	}
	s := r.runner.states.On(l)
	r.c, r.deadline, r.phase = c, deadline, phaseQueued
	cfg := &r.runner.cfg
	switch {
	case r.bad, s.closed, len(r.command) == 0, bytes.IndexByte(r.command, 0) >= 0, len(r.stdin) > cfg.MaxInput:
		r.end(l, asyncops.Failed)
	case s.waiting.Len() >= cfg.Queue:
		r.end(l, asyncops.Overloaded)
	default:
		s.waiting.Push(&r.place, r)
		s.pump(l)
	}
}

// Cancel kills the command with everything it has started. The process is reaped
// later, unheard.
func (r *Run) Cancel(l *loop.Loop) {
	s := r.runner.states.On(l)
	switch r.phase {
	case phaseQueued:
		s.waiting.Remove(&r.place)
	case phaseRunning:
		r.child.abandon(l)
	default:
		return
	}
	r.child, r.phase = nil, phaseEnded
}

// end tells the waiter. Nothing of r may be touched afterwards.
func (r *Run) end(l *loop.Loop, out asyncops.Outcome) {
	r.child, r.phase = nil, phaseEnded
	r.c.Done(l, out)
}

// ExitStatus is the command's exit status as the shell would give it in $?: 128 + n
// if signal n ended it. NotRun if it was not run to its end.
func (r *Run) ExitStatus() int { return r.status }

// Stdout is what the command wrote to its standard output, up to the bound. Like
// all results it is valid until Free.
func (r *Run) Stdout() []byte { return r.stdout }

// Stderr is what the command wrote to its standard error, up to the bound.
func (r *Run) Stderr() []byte { return r.stderr }

// Truncated reports whether some output is missing for its size.
func (r *Run) Truncated() bool { return r.truncated }

// maxKept is the largest buffer that a pooled Run keeps.
const maxKept = 64 << 10

// Free ends r's life: r, and every []byte taken from it, is dead.
func (r *Run) Free(l *loop.Loop) {
	if r.phase != phaseNew && r.phase != phaseEnded {
		panic("BUG: command freed twice or while it runs")
	}
	r.phase = phaseFreed
	r.c = asyncops.Completion{}
	r.stdout, r.stderr = nil, nil
	if cap(r.command) > maxKept {
		r.command = nil
	}
	if cap(r.stdin) > maxKept {
		r.stdin = nil
	}
	r.runner.runs.Put(l, r)
}
