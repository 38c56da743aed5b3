package tune

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A Report is all that came out, for -json too.
type Report struct {
	Machine Machine `json:"machine"`
	Points  []Point `json:"points"`
	Advice  Advice  `json:"advice"`
	Check   *Check  `json:"check,omitempty"`
	Runs    []Run   `json:"runs"`
}

// Write prints the report as text.
func (r *Report) Write(w io.Writer) {
	WritePoints(w, r.Points, r.Advice.Loops)
	fmt.Fprint(w, `
calls/s: the highest rate of proxy and generator together, on the same CPUs, which both
share. µs: CPU for each call. room: what the proxy alone would hold: min(loops, CPUs) /
(its CPU for each call).
`)
	for _, p := range []struct {
		place Place
		head  string
	}{
		{InScript, "# The script:"},
		{InUnit, "# systemctl edit fastsips:\n[Service]"},
		{InSysctl, "# /etc/sysctl.d/60-fastsips.conf:"},
	} {
		head := "\n" + p.head + "\n"
		for _, s := range r.Advice.Settings {
			if s.Place == p.place {
				fmt.Fprintf(w, "%s%s\n%s\n", head, wrap("# ", s.Why), s.Text)
				head = ""
			}
		}
	}
	fmt.Fprintln(w, "\n# As they are:")
	for _, s := range r.Advice.Settings {
		if s.Place == Nowhere {
			fmt.Fprintln(w, wrap("# ", s.Text+": "+s.Why))
		}
	}
	for _, n := range r.Advice.Notes {
		fmt.Fprintln(w, wrap("# ", n))
	}
}

// WritePoints prints the table; the chosen number of loops has a mark.
func WritePoints(w io.Writer, points []Point, chosen int) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "loops\tcalls/s\tlowest\thighest\tproxy µs\tgenerator µs\tp99 ms\troom\t")
	for _, p := range points {
		mark := ""
		if p.Loops == chosen {
			mark = "* "
		}
		fmt.Fprintf(tw, "%s%d\t%.0f\t%.0f\t%.0f\t%.1f\t%.1f\t%.1f\t%.0f\t\n", mark, p.Loops, p.Rate, p.Low, p.High, p.Proxy, p.Generator, p.P99, p.Room)
	}
	_ = tw.Flush()
}

// wrap breaks text into lines of at most 90 characters.
func wrap(prefix, text string) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(text) {
		if n+1+len(word) > 90 {
			b.WriteString("\n")
			n = 0
		}
		if n == 0 {
			b.WriteString(strings.TrimSuffix(prefix, " "))
			n = len(prefix) - 1
		}
		b.WriteString(" " + word)
		n += 1 + len(word)
	}
	return b.String()
}
