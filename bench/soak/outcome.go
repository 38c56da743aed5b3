package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/load"
)

// An outcome is what came of a soak.
type outcome struct {
	load.Result
	rate    float64
	faults  int
	samples []sample
	end     sample // when all calls are forgotten
	emptied time.Duration
	left    string // in the transaction table, four minutes after the last call
}

// What may grow over the last two thirds of the run: RSS, by its trend, in shares of its
// mean; and medians of the last third over those of the one before it.
const (
	mayGrow      = 0.02
	mayGrowCount = 1.05
	mayGrowBy    = 5 // of small numbers
	mayRefuse    = 0.001
)

// shortest is how many seconds a run must last for its growth to be judged.
const shortest = 150

var counts = []struct {
	name string
	of   func(sample) int
}{
	{"file descriptors", func(s sample) int { return s.fds }},
	{"goroutines", func(s sample) int { return s.goroutines }},
	{"parked runs", func(s sample) int { return s.parked }},
	{"entries of the transaction table", func(s sample) int { return s.entries }},
}

// judge prints how it went and returns an error if something is wrong.
func (o *outcome) judge(w io.Writer) error {
	var wrong []string
	check := func(ok bool, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		verdict := "held"
		if !ok {
			verdict = "MISSED"
			wrong = append(wrong, text)
		}
		fmt.Fprintf(w, "%-6s  %s\n", verdict, text)
	}
	check(o.Started > 0 && o.Failed == 0, "of %d calls %d completed, %d failed: none", o.Started, o.Completed, o.Failed)
	check(float64(o.Refused) <= mayRefuse*float64(o.Started), "%d were refused for overload: at most one in %.0f, and none if nobody else was busy", o.Refused, 1/mayRefuse)
	check(o.end.failed > 0 || o.faults == 0, "%d requests to the backends did not complete, %d did: the faults were felt", o.end.failed, o.end.completed)
	if len(o.samples) < shortest {
		fmt.Fprintf(w, "        too short to say what grows: a transaction lingers for 32 s, and the last two thirds are to be without its beginning\n")
	} else {
		mean, growth, hour := o.growth()
		check(growth <= mayGrow, "RSS is %.1f MiB over the last two thirds and grows by %.2f %% in that time, %.2f %% an hour: at most %.0f %% in that time", mean/(1<<20), 100*growth, 100*hour, 100*mayGrow)
		for _, c := range counts {
			before, after := o.thirds(c.of)
			check(float64(after) <= mayGrowCount*float64(before)+mayGrowBy, "%s: %d in the second third, %d in the last: they do not grow", c.name, before, after)
		}
	}
	if o.left == "" {
		check(true, "the transaction table is empty %v after the last call", o.emptied.Round(time.Second))
	} else {
		check(false, "the transaction table does not become empty: %s", o.left)
	}
	fmt.Fprintf(w, "INVITE to 200: p50 %.1f ms, p99 %.1f ms, p99.9 %.0f ms, worst %.2f s; %d requests sent again, %d unexpected messages; the generator was %.3f s late at most\n",
		o.Setup.P50*1e3, o.Setup.P99*1e3, o.Setup.P999*1e3, o.Setup.Max, o.Repeated, o.Unexpected, o.Behind)
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}

// growth is the mean of RSS over the last two thirds, and by what share of it the line
// through them grows, in that time and in an hour.
func (o *outcome) growth() (mean, growth, hour float64) {
	list := o.samples[len(o.samples)/3:]
	slope, mean := line(list)
	span := float64(list[len(list)-1].second - list[0].second)
	return mean, slope * span / mean, slope * 3600 / mean
}

// line is the straight line with the least squares through RSS: bytes a second, and the mean.
func line(list []sample) (slope, mean float64) {
	var x, y float64
	for _, s := range list {
		x, y = x+float64(s.second), y+float64(s.rss)
	}
	n := float64(len(list))
	x, y = x/n, y/n
	var xy, xx float64
	for _, s := range list {
		dx := float64(s.second) - x
		xy, xx = xy+dx*(float64(s.rss)-y), xx+dx*dx
	}
	return xy / max(xx, 1e-9), y
}

// thirds are the medians of the second third and the last.
func (o *outcome) thirds(of func(sample) int) (before, after int) {
	median := func(list []sample) int {
		var n []int
		for _, s := range list {
			n = append(n, of(s))
		}
		slices.Sort(n)
		return n[len(n)/2]
	}
	k := len(o.samples) / 3
	return median(o.samples[k : 2*k]), median(o.samples[2*k:])
}
