package tune

import (
	"fmt"
	"io"
)

// A Check compares the choice with the best of further runs.
type Check struct {
	Points []Point `json:"points"`
	Chosen int     `json:"chosen"`
	Best   int     `json:"best"`
	Share  float64 `json:"share"` // of the best rate that the chosen number of loops reaches
}

// Within is how much of the best rate the choice is to reach.
const Within = 0.85

// Verify finds how far the chosen number of loops is from the best one in runs that were
// made after the choice.
func Verify(chosen int, runs []Run, cores float64) Check {
	c := Check{Points: Points(runs, cores), Chosen: chosen}
	top := most(c.Points, func(p Point) float64 { return p.Rate })
	c.Best = top.Loops
	for _, p := range c.Points {
		if p.Loops == chosen {
			c.Share = p.Rate / top.Rate
		}
	}
	return c
}

// OK reports whether it is near enough.
func (c Check) OK() bool { return c.Share >= Within }

// Write prints the check.
func (c Check) Write(w io.Writer) {
	fmt.Fprintln(w, "\nChecked by further runs of each number of loops, in turn (medians):")
	WritePoints(w, c.Points, c.Chosen)
	verdict := "held"
	if !c.OK() {
		verdict = "MISSED"
	}
	fmt.Fprintf(w, "%d loops, the choice, reach %.0f %% of the best rate, that of %d (at least %.0f %%: %s)\n", c.Chosen, 100*c.Share, c.Best, 100*Within, verdict)
}
