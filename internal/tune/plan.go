package tune

import (
	"fmt"
	"slices"
	"time"
)

// A Plan is what is tried, and for how long.
type Plan struct {
	Counts     []int         // numbers of loops
	Rounds     int           // each of them so often, in turn
	Each       time.Duration // one run: start, warm-up, what counts, stop
	Generators int           // processes that make calls
}

// What a run is made of, besides what counts.
const (
	startStop  = 500 * time.Millisecond
	shortest   = 1200 * time.Millisecond // of a run
	mostCounts = 9
)

// PlanFor makes the best of d on a machine with so many processors: from 1 to twice as
// many loops, five rounds or three, or fewer if there is no time.
func PlanFor(processors int, d time.Duration) (p Plan, err error) {
	p.Counts = Counts(processors)
	p.Generators = (processors + 1) / 2
	for p.Rounds = 5; p.Rounds > 1 && d/time.Duration(p.Rounds*len(p.Counts)) < 2*time.Second; p.Rounds -= 2 {
	}
	p.Each = d / time.Duration(p.Rounds*len(p.Counts))
	if p.Each < shortest {
		return p, fmt.Errorf("%v is too short: %d numbers of loops take %v", d, len(p.Counts), shortest*time.Duration(len(p.Counts)))
	}
	return p, nil
}

// Counts are the numbers of loops to try: all up to 4, then steps of about a third, the
// number of processors and twice that.
func Counts(processors int) (list []int) {
	most := 2 * processors
	for n := 1; n <= most; n = max(n+1, n*4/3) {
		list = append(list, n)
	}
	for len(list) > mostCounts-2 { // every other one, of the larger ones
		i := len(list) - 2
		for ; i > 2; i -= 2 {
			list = slices.Delete(list, i, i+1)
		}
	}
	list = append(list, processors, most)
	slices.Sort(list)
	return slices.Compact(list)
}

// warm is how much of a run is not measured, measure how much is.
func (p Plan) warm() time.Duration    { return (p.Each - startStop) * 2 / 5 }
func (p Plan) measure() time.Duration { return (p.Each - startStop) * 3 / 5 }

// Again is the plan of as many rounds in about d.
func (p Plan) Again(rounds int, d time.Duration) Plan {
	p.Rounds, p.Each = rounds, max(d/time.Duration(rounds*len(p.Counts)), shortest)
	return p
}
