package main

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/fastsips/fastsips/internal/chart"
)

// The goals: what is left of the peak at loads of at least goalLoad; and what share of
// the calls may neither complete nor be refused.
const (
	goalLoad, goalGoodput = 1.5, 0.8
	goalFailed            = 0.001
	belowCapacity         = 0.8 // nothing is refused there
)

// judge prints how fastsips did and returns an error if it missed a goal.
func judge(all []*series, w io.Writer) error {
	var missed []string
	check := func(ok bool, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		verdict := "held"
		if !ok {
			verdict = "MISSED"
			missed = append(missed, text)
		}
		fmt.Fprintf(w, "%-6s  %s\n", verdict, text)
	}
	for _, s := range all {
		if s.product != "fastsips" {
			continue
		}
		for _, p := range s.points {
			if p.load >= goalLoad {
				check(p.goodput >= goalGoodput*s.peak(), "at %.1f times the capacity goodput is %.0f %% of the peak: at least %.0f %%", p.load, 100*p.goodput/s.peak(), 100*goalGoodput)
				check(p.Refused > 0 && p.RetryAfter == p.Statuses[503], "at %.1f times, %d calls are refused with 503, %d of the %d responses with Retry-After: all", p.load, p.Refused, p.RetryAfter, p.Statuses[503])
			} else if p.load <= belowCapacity {
				check(p.Refused == 0, "at %.1f times, %d calls are refused: none", p.load, p.Refused)
			}
			check(float64(p.Failed) <= goalFailed*float64(p.Started), "at %.1f times, of %d calls %d neither complete nor are refused: at most one in %.0f", p.load, p.Started, p.Failed, 1/goalFailed)
		}
	}
	if len(missed) > 0 {
		return errors.New(strings.Join(missed, "; "))
	}
	return nil
}

const header = "product\tload\tsecond\tbegun\tcompleted\trefused\tfailed\trepeated\tin_flight\tworst_s"

// publish writes the seconds of all loads and, into a folder, the chart.
func publish(all []*series, s settings) error {
	var b strings.Builder
	fmt.Fprintln(&b, header)
	for _, x := range all {
		for _, p := range x.points {
			for i, t := range p.Timeline {
				fmt.Fprintf(&b, "%s\t%.1f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.3f\n", x.product, p.load, i, t.Begun, t.Completed, t.Refused, t.Failed, t.Repeated, t.InFlight, t.Worst)
			}
		}
	}
	if err := os.WriteFile(s.tsv, []byte(b.String()), 0o644); err != nil || s.docs == "" {
		return err
	}
	png, err := os.Create(filepath.Join(s.docs, "overload.png"))
	if err != nil {
		return err
	}
	return errors.Join(draw(all, s.loads).WritePNG(png), png.Close())
}

var colours = []color.RGBA{{20, 90, 200, 255}, {200, 50, 40, 255}}

// draw shows goodput and waiting over what is offered.
func draw(all []*series, loads []float64) *chart.Chart {
	c := &chart.Chart{Title: "More calls than a proxy can serve", Axis: "offered, in capacities"}
	for _, x := range loads {
		c.Places = append(c.Places, fmt.Sprint(x))
	}
	goodput, wait := chart.Panel{Title: "goodput"}, chart.Panel{Title: "INVITE to 200"}
	for i, s := range all {
		col := colours[i%len(colours)]
		c.Legend = append(c.Legend, chart.Style{Name: s.product, Color: col}, chart.Style{Name: s.product + ", 99th percentile; refused", Color: col, Dashed: true})
		var good, refused, p50, p99 []float64
		for _, p := range s.points {
			good, refused = append(good, 100*p.goodput/s.peak()), append(refused, 100*p.refused/s.peak())
			p50, p99 = append(p50, p.Setup.P50*1e3), append(p99, p.Setup.P99*1e3)
		}
		goodput.Lines, wait.Lines = append(goodput.Lines, good, refused), append(wait.Lines, p50, p99)
	}
	c.Rows = []chart.Row{{Axis: "% of the peak", Min: 1, Max: 1000, Panels: []chart.Panel{goodput}}, {Axis: "ms", Min: 0.1, Max: 10000, Panels: []chart.Panel{wait}}}
	return c
}
