package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// The goals.
const (
	keepShare    = 0.85 // of the rate without a wait, with a wait of 100 ms
	switchShare  = 0.1  // of the other product's context switches for each call
	longWait     = 100 * time.Millisecond
	switchesFree = 0.01 // for each call: so few are not worth a comparison
)

// A verdict is whether a goal was reached.
type verdict struct {
	ok   bool
	text string
}

func (v verdict) String() string {
	if v.ok {
		return "pass: " + v.text
	}
	return "FAIL: " + v.text
}

// A key names what rows of several repetitions have in common.
type key struct {
	op      string
	delay   time.Duration
	product product
	variant variant
	loops   int
}

func (r row) key() key { return key{r.op, r.delay, r.product, r.variant, r.loops} }

// table is the rows by their keys: of several, the one with the median rate; those that were
// not held count for nothing if others were.
func table(rows []row) map[key]row {
	all := map[key][]row{}
	for _, r := range rows {
		all[r.key()] = append(all[r.key()], r)
	}
	t := map[key]row{}
	for k, list := range all {
		held := slices.DeleteFunc(slices.Clone(list), func(r row) bool { return !r.held() })
		if len(held) > 0 {
			list = held
		}
		slices.SortFunc(list, func(a, b row) int { return cmp.Compare(a.rate, b.rate) })
		t[k] = list[len(list)/2]
	}
	return t
}

// names and loopsOf list what there is in the rows, in their order.
func names(rows []row) (list []string) {
	for _, r := range rows {
		if !slices.Contains(list, r.op) {
			list = append(list, r.op)
		}
	}
	return list
}

func loopsOf(rows []row) (list []int) {
	for _, r := range rows {
		if !slices.Contains(list, r.loops) {
			list = append(list, r.loops)
		}
	}
	return list
}

func waits(rows []row) (list []time.Duration) {
	for _, r := range rows {
		if !slices.Contains(list, r.delay) {
			list = append(list, r.delay)
		}
	}
	slices.Sort(list)
	return list
}

// verdicts judges fastsips by the goals, as far as there are rows for them.
func verdicts(rows []row) (list []verdict) {
	t := table(rows)
	for _, loops := range loopsOf(rows) {
		for _, op := range names(rows) {
			list = append(list, throughput(t, op, loops)...)
		}
	}
	for _, loops := range loopsOf(rows) {
		for _, op := range names(rows) {
			list = append(list, switching(t, rows, op, loops)...)
		}
	}
	return list
}

// throughput compares the rate with a long wait with that without one.
func throughput(t map[key]row, op string, loops int) []verdict {
	without, ok1 := t[key{op, 0, fastsips, async, loops}]
	with, ok2 := t[key{op, longWait, fastsips, async, loops}]
	if !ok1 || !ok2 {
		return nil
	}
	if with.inFlight == 0 { // a fixed rate: it is held or not
		return []verdict{{with.held() && without.held(), fmt.Sprintf("%s, %d loops: %.0f/s held with %v", op, loops, with.rate, longWait)}}
	}
	share := with.rate / max(without.rate, 1)
	return []verdict{{with.held() && without.held() && share >= keepShare, fmt.Sprintf(
		"%s, %d loops: %.0f/s with %v, %.0f/s without (%.0f %%; the proxy used %.2f and %.2f cores, all others %.2f and %.2f)",
		op, loops, with.rate, longWait, without.rate, 100*share, with.cores, without.cores, with.other, without.other)}}
}

// switching compares the context switches, wait by wait, and tells of the worst.
func switching(t map[key]row, rows []row, op string, loops int) []verdict {
	worst, ok := verdict{ok: true}, false
	most := -1.0
	for _, d := range waits(rows) {
		ours, ok1 := t[key{op, d, fastsips, async, loops}]
		theirs, ok2 := t[key{op, d, kamailio, async, loops}]
		if !ok1 || !ok2 || theirs.switches == 0 || d == 0 && op == "usleep" {
			continue
		}
		ok = true
		if share := ours.switches / theirs.switches; share > most {
			most = share
			worst.ok = share <= switchShare || ours.switches < switchesFree
			worst.text = fmt.Sprintf("%s, %d loops: %.3f context switches for each call with %v, Kamailio %.3f (%.0f %%)",
				op, loops, ours.switches, d, theirs.switches, 100*share)
		}
	}
	if !ok {
		return nil
	}
	return []verdict{worst}
}

// judge prints the verdicts. The error says that there is a bad one.
func judge(rows []row, w io.Writer) error {
	missed := 0
	for _, v := range verdicts(rows) {
		fmt.Fprintln(w, v)
		if !v.ok {
			missed++
		}
	}
	if missed > 0 {
		return errors.New("goals were missed")
	}
	return nil
}
