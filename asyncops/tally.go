package asyncops

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
)

// Ends is how a backend's operations have ended, each in exactly one way.
type Ends struct {
	Completed   uint64
	Failed      uint64
	TimedOut    uint64
	Abandoned   uint64 // nobody wanted the answer any more
	Overloaded  uint64 // refused: too many wait
	Unavailable uint64 // refused: the backend is known to be down
}

// Sum is how many operations have ended.
func (e Ends) Sum() uint64 {
	return e.Completed + e.Failed + e.TimedOut + e.Abandoned + e.Overloaded + e.Unavailable
}

// Add adds o to e.
func (e *Ends) Add(o Ends) {
	e.Completed += o.Completed
	e.Failed += o.Failed
	e.TimedOut += o.TimedOut
	e.Abandoned += o.Abandoned
	e.Overloaded += o.Overloaded
	e.Unavailable += o.Unavailable
}

// A Tally counts how one loop's operations on one backend end. That loop alone
// writes it; anybody may read.
type Tally struct {
	ends [Cancelled + 1]metrics.Counter
}

// End counts an operation that ended with out.
func (t *Tally) End(out Outcome) { t.ends[out].Inc() }

// AddTo adds the counts to e. Whoever compares their sum with the number of
// operations begun loads that number afterwards, so that it is never too low.
func (t *Tally) AddTo(e *Ends) {
	e.Completed += t.ends[Completed].Load()
	e.Failed += t.ends[Failed].Load()
	e.TimedOut += t.ends[TimedOut].Load()
	e.Abandoned += t.ends[Cancelled].Load()
	e.Overloaded += t.ends[Overloaded].Load()
	e.Unavailable += t.ends[Unavailable].Load()
}

// WhyCancelled tells an Op within its Cancel why: TimedOut at its deadline,
// Cancelled before.
func WhyCancelled(l *loop.Loop, deadline int64) Outcome {
	if l.Now() >= deadline {
		return TimedOut
	}
	return Cancelled
}
