package main

import (
	"fmt"
	"image/color"
	"math"

	"github.com/fastsips/fastsips/internal/chart"
)

// A hue is a contender's colours: for what it does in user space, and in the kernel.
type hue struct{ dark, light color.RGBA }

var hues = map[product]hue{
	fastsips: {color.RGBA{20, 90, 200, 255}, color.RGBA{140, 182, 240, 255}},
	kamailio: {color.RGBA{196, 52, 42, 255}, color.RGBA{240, 160, 150, 255}},
	opensips: {color.RGBA{32, 132, 76, 255}, color.RGBA{146, 206, 168, 255}},
	floored:  {color.RGBA{104, 104, 104, 255}, color.RGBA{186, 186, 186, 255}},
}

// columns of panels.
const chartColumns = 3

// drawBars shows CPU and rates of the closed loops.
func drawBars(rows []row) *chart.BarChart {
	c := &chart.BarChart{Title: "Proxies on one processor, closed loop",
		Legend: []chart.Style{{Name: "in user space", Color: color.RGBA{90, 90, 90, 255}}, {Name: "in the kernel", Color: color.RGBA{196, 196, 196, 255}}}}
	t := tabulate(rows)
	var costs, rates []chart.BarPanel
	for _, group := range t.groups() {
		if group[0].mode != closed || group[0].layout != apart {
			continue
		}
		cost := chart.BarPanel{Title: group[0].flow + ": " + flowOf(group[0].flow).short()}
		speed := cost
		for _, k := range group {
			if r, _ := t.of(k); r.Rate > 0 {
				h := hues[r.Product]
				cost.Bars = append(cost.Bars, chart.Bar{Name: k.name, Parts: []float64{r.User, r.System}, Color: []color.RGBA{h.dark, h.light}, Text: fmt.Sprintf("%.3g µs", r.CPU)})
				speed.Bars = append(speed.Bars, chart.Bar{Name: k.name, Parts: []float64{r.Rate}, Color: []color.RGBA{h.dark}, Text: thousands(r)})
			}
		}
		if len(cost.Bars) > 0 {
			costs, rates = append(costs, cost), append(rates, speed)
		}
	}
	c.Rows = append(inRows("CPU for each call, or request", costs), inRows("Highest rate, calls or requests per second", rates)...)
	return c
}

func thousands(r row) string {
	text := fmt.Sprintf("%.0f", r.Rate)
	if r.Rate >= 1000 {
		text = fmt.Sprintf("%.1fk", r.Rate/1000)
	}
	if !r.held() {
		text += " (not held)"
	}
	return text
}

// inRows breaks panels into rows; only the first has the title.
func inRows(title string, panels []chart.BarPanel) (list []chart.BarRow) {
	for len(panels) > 0 {
		n := min(len(panels), chartColumns)
		list = append(list, chart.BarRow{Title: title, Panels: panels[:n]})
		panels, title = panels[n:], ""
	}
	return list
}

// drawLatency shows the latencies at fixed rates. ok is false if there are none.
func drawLatency(rows []row) (c *chart.Chart, ok bool) {
	c = &chart.Chart{Title: "Setup time at a fixed rate: INVITE to 200, or OPTIONS to 200", Places: []string{"p50", "p99", "p99.9"}, Axis: "share of the calls"}
	t := tabulate(rows)
	lines := map[string]int{}
	for _, r := range rows {
		if _, seen := lines[r.Name]; !seen && r.Mode == fixed && r.Rate > 0 {
			lines[r.Name] = len(c.Legend)
			c.Legend = append(c.Legend, chart.Style{Name: r.Name, Color: hues[r.Product].dark})
		}
	}
	line := chart.Row{Axis: "ms", Min: 0.01, Max: 1000}
	for _, group := range t.groups() {
		if group[0].mode != fixed {
			continue
		}
		p := chart.Panel{Title: fmt.Sprintf("%s at %.0f/s", group[0].flow, flowOf(group[0].flow).rate), Lines: make([][]float64, len(c.Legend))}
		for i := range p.Lines {
			p.Lines[i] = []float64{math.NaN(), math.NaN(), math.NaN()}
		}
		for _, k := range group {
			if r, _ := t.of(k); r.Rate > 0 {
				p.Lines[lines[k.name]] = []float64{r.P50, r.P99, r.P999}
			}
		}
		if line.Panels = append(line.Panels, p); len(line.Panels) == chartColumns {
			c.Rows = append(c.Rows, line)
			line.Panels = nil
		}
	}
	if len(line.Panels) > 0 {
		c.Rows = append(c.Rows, line)
	}
	return c, len(c.Legend) > 0
}
