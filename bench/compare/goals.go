package main

import (
	"errors"
	"fmt"
	"io"
)

// A goal compares fastsips with somebody, or with itself.
type goal struct {
	what   string // to be held, in words
	flow   string
	figure func(row) float64
	most   bool    // the ratio may be at most limit; else at least
	limit  float64 // of the ratio
	ours   key     // flow and mode are filled in
	theirs key
	// estimate, unless it is nil, tells from a Kamailio measured here what the other
	// one, which is not installed, would come to.
	estimate func(kamailio float64) float64
}

// The names of the contenders that goals are about.
const (
	nameFastsips = "fastsips"
	nameKamailio = "Kamailio"
	nameOpenSIPS = "OpenSIPS"
	nameFloor    = "floor"
)

// The reference: OpenSIPS 4.1 and Kamailio 5.6.3 on another machine of this kind (2
// virtual processors, Debian 12), flow S6: calls per second, µs of CPU for each call.
// Where they were given as ranges, the middle.
const (
	refSleepRateKamailio = (4800 + 5700) / 2.0
	refSleepRateOpenSIPS = (2300 + 2700) / 2.0
	refQueryCPUKamailio  = 379.0
	refQueryCPUOpenSIPS  = 427.0
)

// scaled is what OpenSIPS would come to here, if it differs from Kamailio as it did there.
func scaled(theirs, kamailio float64) func(float64) float64 {
	return func(here float64) float64 { return here * theirs / kamailio }
}

func at(name string) key { return key{name: name, mode: closed, loops: 1, layout: apart} }

func loops(n int, l layout) key { return key{name: nameFastsips, mode: closed, loops: n, layout: l} }

var goals = []goal{
	{what: "S1: CPU per request, at most 0.65 × Kamailio's", flow: "S1", figure: cpu, most: true, limit: 0.65, theirs: at(nameKamailio)},
	{what: "S2: CPU per request, at most 0.65 × Kamailio's", flow: "S2", figure: cpu, most: true, limit: 0.65, theirs: at(nameKamailio)},
	{what: "S3: CPU per call, at most 0.45 × Kamailio's", flow: "S3", figure: cpu, most: true, limit: 0.45, theirs: at(nameKamailio)},
	{what: "S3: CPU per call, at most 1.6 × the kernel's floor", flow: "S3", figure: cpu, most: true, limit: 1.6, theirs: at(nameFloor)},
	{what: "S3: highest rate on one processor, at least 2.2 × Kamailio's", flow: "S3", figure: rate, limit: 2.2, theirs: at(nameKamailio)},
	{what: "S3: CPU per call with two loops on one processor, at most 1.15 × that with one", flow: "S3", figure: cpu, most: true, limit: 1.15, ours: loops(2, stacked), theirs: loops(1, stacked)},
	{what: "S3: the same on two processors that the generator shares", flow: "S3", figure: cpu, most: true, limit: 1.15, ours: loops(2, shared), theirs: loops(1, shared)},
	{what: "S4: CPU per request, at most 0.6 × Kamailio's", flow: "S4", figure: cpu, most: true, limit: 0.6, theirs: at(nameKamailio)},
	{what: "S4 with a million contacts: CPU per request, at most 0.6 × Kamailio's", flow: "S4million", figure: cpu, most: true, limit: 0.6, theirs: at(nameKamailio)},
	{what: "S6sleep: highest rate, at least 2.2 × Kamailio's", flow: "S6sleep", figure: rate, limit: 2.2, theirs: at(nameKamailio)},
	{what: "S6sleep: highest rate, at least 4.5 × OpenSIPS's", flow: "S6sleep", figure: rate, limit: 4.5, theirs: at(nameOpenSIPS),
		estimate: scaled(refSleepRateOpenSIPS, refSleepRateKamailio)},
	{what: "S6postgres: CPU per call, at most 0.3 × Kamailio's", flow: "S6postgres", figure: cpu, most: true, limit: 0.3, theirs: at(nameKamailio)},
	{what: "S6postgres: CPU per call, at most 0.3 × OpenSIPS's", flow: "S6postgres", figure: cpu, most: true, limit: 0.3, theirs: at(nameOpenSIPS),
		estimate: scaled(refQueryCPUOpenSIPS, refQueryCPUKamailio)},
}

// An outcome says of a goal whether it is held.
type outcome int

const (
	unknown outcome = iota // somebody is not there
	held
	missed
)

func (o outcome) String() string { return [...]string{"not judged", "held", "MISSED"}[o] }

// A verdict is the outcome for a goal.
type verdict struct {
	outcome outcome
	what    string
	why     string // the figures
}

func (v verdict) String() string { return fmt.Sprintf("%s: %s: %s", v.outcome, v.what, v.why) }

// verdicts judges what was measured.
func verdicts(rows []row) (list []verdict) {
	t := tabulate(rows)
	for _, g := range goals {
		list = append(list, g.judge(t))
	}
	return append(list, untouched(t), sippHeld(t))
}

func (g goal) judge(t table) verdict {
	ours, theirs := g.ours, g.theirs
	if ours == (key{}) {
		ours = at(nameFastsips)
	}
	ours.flow, theirs.flow = g.flow, g.flow
	v := verdict{what: g.what}
	a, ok := t.of(ours)
	if !ok || !a.held() {
		v.why = because(t, ours)
		return v
	}
	s, ok := t.ratio(ours, theirs, g.figure)
	b, _ := t.of(theirs)
	other, source := g.figure(b), ""
	if !ok && g.estimate != nil {
		kamailio := at(nameKamailio)
		kamailio.flow = g.flow
		if s, ok = t.ratio(ours, kamailio, g.figure); ok {
			k, _ := t.of(kamailio)
			other = g.estimate(g.figure(k))
			one := g.estimate(1)
			s = spread{s.low / one, s.median / one, s.high / one}
			source = fmt.Sprintf(" (not installed: the reference's figure, scaled by Kamailio's %.0f here)", g.figure(k))
		}
	}
	if !ok {
		v.why = because(t, theirs)
		return v
	}
	v.why = fmt.Sprintf("%s against %s%s: %.2f ×", digits(g.figure(a)), digits(other), source, s.median)
	if s.low != s.high {
		v.why += fmt.Sprintf(" (%.2f to %.2f)", s.low, s.high)
	}
	v.outcome = missed
	if g.most && s.median <= g.limit || !g.most && s.median >= g.limit {
		v.outcome = held
	}
	return v
}

// digits writes three of them, or all before the point.
func digits(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// because tells why there is no figure.
func because(t table, k key) string {
	for _, r := range t.rows[k] {
		if r.Note != "" {
			return k.name + ": " + r.Note
		}
	}
	if k.layout.scales() {
		return fmt.Sprintf("%s with %d loops was not measured", k.name, k.loops)
	}
	return k.name + " was not measured"
}

// untouched judges that the kernel gives each datagram to the loop that owns it.
func untouched(t table) verdict {
	v := verdict{what: "S3 with two loops: nothing handed over between them"}
	k := loops(2, shared)
	k.flow = "S3"
	r, ok := t.of(k)
	if !ok || !r.held() {
		v.why = because(t, k)
		return v
	}
	v.why = fmt.Sprintf("%.2f %% of the datagrams", 100*r.Handed)
	v.outcome = missed
	if r.Handed == 0 {
		v.outcome = held
	}
	return v
}

// sippHeld judges that stock sipp loses no call.
func sippHeld(t table) verdict {
	v := verdict{what: "S3 by stock sipp: no call failed"}
	k := key{"S3", sipp, nameFastsips, 1, apart}
	if len(t.rows[k]) == 0 {
		v.why = "not measured, see -sipp"
		return v
	}
	failed, calls := 0, 0
	for _, r := range t.rows[k] {
		failed, calls = failed+r.Failed, calls+r.Started
	}
	v.why = fmt.Sprintf("%d of %d", failed, calls)
	v.outcome = missed
	if failed == 0 && calls > 0 {
		v.outcome = held
	}
	return v
}

// judge prints the verdicts. The error says that there is a bad one.
func judge(rows []row, w io.Writer) error {
	n := 0
	fmt.Fprint(w, "\nGoals\n\n")
	for _, v := range verdicts(rows) {
		fmt.Fprintln(w, " ", v)
		n += count(v.outcome == missed)
	}
	if n > 0 {
		return errors.New("goals were missed")
	}
	return nil
}
