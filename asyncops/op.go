// Package asyncops is what a script waits for: operations that outlive the
// callback that started them.
//
// An [Op] is started on a loop and ends on that loop: by its own completion, by
// its deadline or because nobody wants its answer any more, whichever is first.
// A loop's [Table] sees to it that the waiter is told exactly once, so a late
// answer is harmless. The package refuses to share an Op between loops.
package asyncops

import "github.com/fastsips/fastsips/loop"

// An Op is one operation: a query, a request, a child process, a pause. It
// belongs to the loop that starts it. Results stay in the Op's own fields for
// the waiter to read.
type Op interface {
	// Start begins the operation and returns at once. It copies what it keeps of
	// its arguments. When the operation has ended, possibly before Start returns,
	// it calls c.Done on the same loop, once. Deadline is in nanoseconds of
	// Loop.Now; the Table enforces it, an Op may use it to bound its own parts.
	Start(l *loop.Loop, c Completion, deadline int64)
	// Cancel says that the answer is no longer wanted (deadline passed, run
	// ended). The Op frees what it holds and does not call Done afterwards; work
	// that cannot be stopped ends unheard.
	Cancel(l *loop.Loop)
}

// An Outcome says how an operation ended, apart from what it produced.
type Outcome uint8

// The outcomes.
const (
	Completed   Outcome = iota // it ran; its own fields say what came of it
	Failed                     // the backend answered with an error, or broke off
	TimedOut                   // the deadline passed first
	Overloaded                 // the backend's queue is full; nothing was sent
	Unavailable                // the backend is known to be down; nothing was sent
	Cancelled                  // nobody wants it any more: the waiter went away, or Table.Stop tells him
)

func (o Outcome) String() string {
	return [...]string{"completed", "failed", "timed out", "overloaded", "unavailable", "cancelled"}[o]
}

// A Waiter is told how an operation ended; a parked script run is one.
type Waiter interface {
	Resume(l *loop.Loop, op Op, out Outcome)
}
