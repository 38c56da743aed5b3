package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/load"
)

// A row is a measurement as the table of figures has it. Latencies are in ms, CPU in µs
// for each call (or request), memory in MB.
type row struct {
	Flow      string
	Mode      mode
	Name      string // of the contender
	Product   product
	Loops     int
	Layout    layout
	Rep       int
	Load      float64 // closed: in flight; fixed: offered per second
	Rate      float64 // completed per second
	Started   int
	Failed    int
	Repeated  int // requests that the generator sent again
	Disorder  int // 200s that no 180 had come before
	Drops     int // datagrams that the kernel dropped, at the proxy and at the generator
	CPU       float64
	User      float64
	System    float64
	Cores     float64 // that the proxy used
	Generator float64 // µs of the generator for each
	Serving   float64 // µs of the servers for each
	Switches  float64 // context switches of the proxy for each
	P50       float64
	P99       float64
	P999      float64
	Max       float64
	Empty     float64 // memory before the load
	Memory    float64 // and after it
	Handed    float64 // share of the datagrams that one loop gave to another
	Foreign   float64 // processors in use by others
	Steal     float64 // processors that the hypervisor gave to others
	Again     int     // 1: was disturbed, and measured once more
	Note      string
}

// columns are the fields of a row, in the order of the table.
var columns = []struct {
	name  string
	field func(*row) any
}{
	{"flow", func(r *row) any { return &r.Flow }},
	{"mode", func(r *row) any { return (*string)(&r.Mode) }},
	{"name", func(r *row) any { return &r.Name }},
	{"product", func(r *row) any { return (*string)(&r.Product) }},
	{"loops", func(r *row) any { return &r.Loops }},
	{"layout", func(r *row) any { return (*string)(&r.Layout) }},
	{"rep", func(r *row) any { return &r.Rep }},
	{"load", func(r *row) any { return &r.Load }},
	{"rate", func(r *row) any { return &r.Rate }},
	{"started", func(r *row) any { return &r.Started }},
	{"failed", func(r *row) any { return &r.Failed }},
	{"repeated", func(r *row) any { return &r.Repeated }},
	{"disorder", func(r *row) any { return &r.Disorder }},
	{"drops", func(r *row) any { return &r.Drops }},
	{"cpu_us", func(r *row) any { return &r.CPU }},
	{"user_us", func(r *row) any { return &r.User }},
	{"system_us", func(r *row) any { return &r.System }},
	{"cores", func(r *row) any { return &r.Cores }},
	{"generator_us", func(r *row) any { return &r.Generator }},
	{"serving_us", func(r *row) any { return &r.Serving }},
	{"switches", func(r *row) any { return &r.Switches }},
	{"p50_ms", func(r *row) any { return &r.P50 }},
	{"p99_ms", func(r *row) any { return &r.P99 }},
	{"p999_ms", func(r *row) any { return &r.P999 }},
	{"max_ms", func(r *row) any { return &r.Max }},
	{"empty_mb", func(r *row) any { return &r.Empty }},
	{"memory_mb", func(r *row) any { return &r.Memory }},
	{"handed_over", func(r *row) any { return &r.Handed }},
	{"foreign_cores", func(r *row) any { return &r.Foreign }},
	{"steal_cores", func(r *row) any { return &r.Steal }},
	{"again", func(r *row) any { return &r.Again }},
	{"note", func(r *row) any { return &r.Note }},
}

func header() string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return strings.Join(names, "\t")
}

// line writes the row, tabs between its columns; an empty text is a dash.
func (r row) line() string {
	var cells []string
	for _, c := range columns {
		switch v := c.field(&r).(type) {
		case *string:
			cells = append(cells, cmp.Or(*v, "-"))
		case *int:
			cells = append(cells, strconv.Itoa(*v))
		case *float64:
			cells = append(cells, strconv.FormatFloat(*v, 'g', 6, 64))
		}
	}
	return strings.Join(cells, "\t")
}

// parseRow reads what line wrote.
func parseRow(line string) (r row, err error) {
	cells := strings.Split(line, "\t")
	if len(cells) != len(columns) {
		return r, fmt.Errorf("%d columns, want %d", len(cells), len(columns))
	}
	for i, c := range columns {
		var e error
		switch v := c.field(&r).(type) {
		case *string:
			if *v = cells[i]; *v == "-" {
				*v = ""
			}
		case *int:
			*v, e = strconv.Atoi(cells[i])
		case *float64:
			*v, e = strconv.ParseFloat(cells[i], 64)
		}
		err = cmp.Or(err, e)
	}
	return r, err
}

// rowOf is the row of a point that has not been measured.
func rowOf(p point) row {
	r := row{Flow: p.flow.name, Mode: p.mode, Name: p.contender.name, Product: p.contender.product, Loops: p.loops, Layout: p.layout, Rep: p.rep}
	switch p.mode {
	case closed:
		r.Load = float64(p.flow.inFlightIn(p.layout))
	case fixed:
		r.Load = p.flow.rate
	}
	return r
}

// take takes over what a run came to.
func (r *row) take(res load.Result, cost benchproxy.Cost) {
	r.Rate, r.Started, r.Failed, r.Repeated, r.Disorder = res.Rate, res.Started, res.Failed+res.Refused, res.Repeated, res.Disorder
	r.Drops = res.Drops + cost.Drops
	r.CPU, r.User, r.System, r.Cores, r.Switches = cost.CPU, cost.User, cost.System, cost.Cores, cost.Switches
	r.Generator, r.Serving, r.Foreign, r.Steal = cost.Generator, cost.Serving, cost.Foreign, cost.Steal
	r.P50, r.P99, r.P999, r.Max = 1000*res.Setup.P50, 1000*res.Setup.P99, 1000*res.Setup.P999, 1000*res.Setup.Max
	if !r.held() {
		r.Note = fmt.Sprintf("not held: %d of %d failed, %d repeated, %v", r.Failed, r.Started, r.Repeated, res.Statuses)
	}
}

// limit is the share of calls that may fail or be repeated.
const limit = 0.001

// held reports whether fewer than that failed, and some did not.
func (r row) held() bool {
	return r.Rate > 0 && float64(r.Failed+r.Repeated) < limit*float64(r.Started)
}

// disturbed reports whether something else wanted the processors.
func (r row) disturbed() bool { return r.Foreign > 0.1 || r.Steal > 0.1 }

// say is the row for who watches.
func (r row) say() string {
	name := r.Name
	if r.Layout.scales() {
		name = fmt.Sprintf("%s %dL", name, r.Loops)
	}
	text := fmt.Sprintf("%-10s %-7s %-12s #%d %8.0f/s  cpu %6.1f = %5.1f + %5.1f µs  cores %.2f  generator %4.1f µs  p50 %6.2f p99 %6.2f p99.9 %6.2f ms  %4.0f MB  failed %d  repeated %d  drops %d  foreign %.2f  steal %.2f",
		r.Flow, r.Mode, name, r.Rep, r.Rate, r.CPU, r.User, r.System, r.Cores, r.Generator, r.P50, r.P99, r.P999, r.Memory, r.Failed, r.Repeated, r.Drops, r.Foreign, r.Steal)
	if r.Rate == 0 {
		text = fmt.Sprintf("%-10s %-7s %-12s #%d", r.Flow, r.Mode, name, r.Rep)
	}
	if r.disturbed() {
		text += "  DISTURBED"
	}
	if r.Note != "" {
		text += "  " + r.Note
	}
	return text
}
