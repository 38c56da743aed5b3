package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A style is how tables are written.
type style int

const (
	plain style = iota
	markdown
)

var heads = []string{"", "per second", "ratio", "CPU µs", "ratio", "user", "system", "cores", "p50", "p99", "p99.9 ms", "MB", "drops", ""}

// writeTables writes what was measured, one table for each group. Ratios are to the
// first line of each.
func writeTables(w io.Writer, rows []row, how style) {
	t := tabulate(rows)
	for _, group := range t.groups() {
		fmt.Fprintf(w, "\n%s\n\n", title(group[0], t, how))
		lines := [][]string{heads}
		for _, k := range group {
			lines = append(lines, cells(t, k, group[0]))
		}
		writeLines(w, lines, how)
	}
}

func title(k key, t table, how style) string {
	f := flowOf(k.flow)
	text := fmt.Sprintf("%s: %s", f.name, f.title)
	switch k.mode {
	case closed:
		text += fmt.Sprintf("; %d in flight", f.inFlightIn(k.layout))
	case fixed:
		text += fmt.Sprintf("; %.0f per second", f.rate)
	case sipp:
		text += fmt.Sprintf("; %d per second by stock SIPp, p50 is the mean", sippRate)
	case ceiling:
		text += "; highest rate in an open loop"
	}
	switch k.layout {
	case shared:
		text += "; proxy and generator share both processors"
	case stacked:
		text += "; all loops on one processor"
	}
	if how == markdown {
		return "### " + text
	}
	return text
}

// cells are a line of a table.
func cells(t table, k, first key) []string {
	r, _ := t.of(k)
	name := k.name
	if k.layout.scales() {
		name += fmt.Sprintf(", %d loops", k.loops)
	}
	if r.Rate == 0 {
		line := make([]string, len(heads))
		line[0], line[len(line)-1] = name, r.Note
		return line
	}
	f := func(format string, v float64) string { return fmt.Sprintf(format, v) }
	compared := func(figure func(row) float64) string {
		s, ok := t.ratio(k, first, figure)
		if !ok {
			return ""
		}
		return f("%.2f", s.median)
	}
	return []string{name, f("%.0f", r.Rate), compared(rate), f("%.1f", r.CPU), compared(cpu), f("%.1f", r.User), f("%.1f", r.System), f("%.2f", r.Cores),
		f("%.2f", r.P50), f("%.2f", r.P99), f("%.2f", r.P999), f("%.0f", r.Memory), fmt.Sprint(r.Drops), remarks(t.rows[k])}
}

// remarks tell what is to be known of the repetitions.
func remarks(rows []row) string {
	var list []string
	add := func(n int, what string) {
		if n > 0 {
			list = append(list, fmt.Sprintf("%s (%d of %d)", what, n, len(rows)))
		}
	}
	notHeld, again, disturbed, disorder := 0, 0, 0, 0
	for _, r := range rows {
		notHeld += count(!r.held())
		disturbed += count(r.disturbed())
		again += count(r.Again > 0 && !r.disturbed())
		disorder += r.Disorder
	}
	add(notHeld, "not held")
	add(disturbed, "disturbed")
	add(again, "measured again")
	if disorder > 0 {
		list = append(list, fmt.Sprintf("%d times 200 before 180", disorder))
	}
	return strings.Join(list, ", ")
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func writeLines(w io.Writer, lines [][]string, how style) {
	if how == markdown {
		for i, line := range lines {
			fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | "))
			if i == 0 {
				fmt.Fprintln(w, "|---"+strings.Repeat("|---:", len(line)-2)+"|---|")
			}
		}
		return
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range lines {
		fmt.Fprintln(tw, "  "+strings.Join(line, "\t"))
	}
	_ = tw.Flush() // to stdout; there is nobody to tell
}
