package main

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"strings"

	"github.com/fastsips/fastsips/internal/chart"
	"github.com/fastsips/fastsips/internal/load"
)

const header = "second\tbegun\tcompleted\tfailed\trefused\trepeated\tin_flight\tworst_s\trss\tfds\tgoroutines\tparked\tentries"

// publish writes the samples and the chart.
func (o *outcome) publish(s settings) error {
	var b strings.Builder
	fmt.Fprintln(&b, header)
	for _, x := range o.samples {
		t, ok := o.during(x)
		if !ok {
			break
		}
		fmt.Fprintf(&b, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.3f\t%d\t%d\t%d\t%d\t%d\n", x.second, t.Begun, t.Completed, t.Failed, t.Refused, t.Repeated, t.InFlight, t.Worst,
			x.rss, x.fds, x.goroutines, x.parked, x.entries)
	}
	if err := os.WriteFile(s.tsv, []byte(b.String()), 0o644); err != nil {
		return err
	}
	png, err := os.Create(s.png)
	if err != nil {
		return err
	}
	return errors.Join(o.draw().WritePNG(png), png.Close())
}

// during is what happened in the second before a sample. Samples may be missing: a busy
// proxy takes its time to answer.
func (o *outcome) during(x sample) (load.Second, bool) {
	if i := x.second - 1; i >= 0 && i < len(o.Timeline) {
		return o.Timeline[i], true
	}
	return load.Second{}, false
}

// parts is how many intervals the chart has.
const parts = 30

// draw shows, for each interval, how much memory there was, how many calls completed, and
// how long the slowest of them took.
func (o *outcome) draw() *chart.Chart {
	var rss, rate, worst, parked []float64
	n := len(o.samples)
	step := max(1, n/parts)
	c := &chart.Chart{Title: fmt.Sprintf("%.0f calls/s, and a backend that fails every now and then", o.rate), Axis: "minutes",
		Legend: []chart.Style{{Name: "as it says", Color: color.RGBA{20, 90, 200, 255}}}}
	for from := 0; from+step <= n; from += step {
		label := ""
		if len(rss)%6 == 0 {
			label = fmt.Sprintf("%.3g", float64(o.samples[from].second)/60)
		}
		c.Places = append(c.Places, label)
		var r, d, w, p float64
		for i := from; i < from+step; i++ {
			x := o.samples[i]
			t, _ := o.during(x) // nothing, after the end
			r, d = r+float64(x.rss)/(1<<20), d+float64(t.Completed)
			w, p = max(w, 1e3*t.Worst), max(p, float64(x.parked))
		}
		rss, rate, worst, parked = append(rss, r/float64(step)), append(rate, d/float64(step)), append(worst, w), append(parked, p)
	}
	panel := func(title string, y []float64) []chart.Panel {
		return []chart.Panel{{Title: title, Lines: [][]float64{y}}}
	}
	c.Rows = []chart.Row{
		{Axis: "MiB", Min: 10, Max: 1000, Panels: panel("RSS", rss)},
		{Axis: "calls/s", Min: 100, Max: 10000, Panels: panel("completed", rate)},
		{Axis: "ms", Min: 0.1, Max: 10000, Panels: panel("INVITE to 200, the slowest", worst)},
		{Axis: "runs", Min: 1, Max: 10000, Panels: panel("parked, at most", parked)},
	}
	return c
}
