package main

import (
	"fmt"
	"slices"
)

// A mode is how load is applied.
type mode string

const (
	closed  mode = "closed"  // so many in flight
	fixed   mode = "fixed"   // so many a second
	ceiling mode = "ceiling" // as many a second as are held
	sipp    mode = "sipp"    // so many a second, by sipp
)

// A layout says which processors the proxy and the generator have.
type layout string

const (
	apart   layout = "apart"   // 0 for the proxy, 1 for the generator and all servers
	stacked layout = "stacked" // the same, to compare numbers of loops: all of them on 0
	shared  layout = "shared"  // 0 and 1 for all of them, likewise
)

// scales reports whether numbers of loops are compared.
func (l layout) scales() bool { return l != apart }

func (l layout) cpus() (proxy, others []int) {
	if l == shared {
		return []int{0, 1}, []int{0, 1}
	}
	return []int{0}, []int{1}
}

// A point is a measurement to make.
type point struct {
	flow      *flow
	mode      mode
	contender contender
	loops     int // of fastsips; 1 for others
	layout    layout
	rep       int
}

func (p point) String() string {
	text := fmt.Sprintf("%s %s %s", p.flow.name, p.mode, p.contender.name)
	if p.layout.scales() {
		text += fmt.Sprintf(" %d loops", p.loops)
	}
	return text
}

// inFlightIn is how many calls are in flight in a closed loop. Each of two loops gets as many
// as one has elsewhere: with fewer its batches would be smaller.
func (f *flow) inFlightIn(l layout) int {
	if l.scales() {
		return 2 * f.inFlight
	}
	return f.inFlight
}

// plan lists the points in the order in which they are measured: all contenders in
// turn, again and again.
func plan(s settings, all []contender) (list []point) {
	for i := range flows {
		f := &flows[i]
		if s.flows != nil && !slices.Contains(s.flows, f.name) {
			continue
		}
		for rep := range s.reps {
			for _, m := range s.modes() {
				for _, c := range all {
					if f.goes(m, c.product) {
						list = append(list, point{f, m, c, 1, apart, rep + 1})
					}
				}
			}
			if f.name == "S3" {
				list = append(list, scaling(s, f, all, rep+1)...)
			}
		}
	}
	return list
}

// goes reports whether there is such a measurement.
func (f *flow) goes(m mode, p product) bool {
	if p == floored {
		return f.floored && (m == closed || m == fixed)
	}
	if f.users > 0 {
		return m == closed // filling takes longer than measuring
	}
	return m != sipp || f.name == "S1" || f.name == "S2" || f.name == "S3"
}

func (s settings) modes() []mode {
	list := []mode{closed}
	if s.fixed {
		list = append(list, fixed)
	}
	if s.sipp {
		list = append(list, sipp)
	}
	if s.ceiling {
		list = append(list, ceiling)
	}
	return list
}

// scaling compares numbers of loops on the same processors: what more loops cost on one,
// and on two, which the generator then needs as well.
func scaling(s settings, f *flow, all []contender, rep int) (list []point) {
	if slices.Max(s.loops) == 1 {
		return nil
	}
	for _, l := range []layout{stacked, shared} {
		for _, n := range s.loops {
			for _, c := range all {
				if c.product == fastsips {
					list = append(list, point{f, closed, c, n, l, rep})
				}
			}
		}
	}
	return list
}
