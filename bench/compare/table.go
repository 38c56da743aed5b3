package main

import (
	"cmp"
	"slices"
)

// A key names what the rows of all repetitions have in common.
type key struct {
	flow   string
	mode   mode
	name   string
	loops  int
	layout layout
}

func (r row) key() key { return key{r.Flow, r.Mode, r.Name, r.Loops, r.Layout} }

// A table is the rows by what they have in common, in the order of the measurements.
type table struct {
	keys []key
	rows map[key][]row
}

func tabulate(rows []row) table {
	t := table{rows: map[key][]row{}}
	for _, r := range rows {
		if t.rows[r.key()] == nil {
			t.keys = append(t.keys, r.key())
		}
		t.rows[r.key()] = append(t.rows[r.key()], r)
	}
	return t
}

// of returns the median row, by CPU, of those that were held; if none was, of all.
func (t table) of(k key) (row, bool) {
	list := t.rows[k]
	if len(list) == 0 {
		return row{}, false
	}
	if held := slices.DeleteFunc(slices.Clone(list), func(r row) bool { return !r.held() }); len(held) > 0 {
		list = held
	}
	m := list[0]
	for _, c := range columns {
		if _, ok := c.field(&m).(*float64); ok {
			*c.field(&m).(*float64) = median(list, func(r row) float64 { return *c.field(&r).(*float64) })
		}
	}
	for _, r := range t.rows[k] { // what went wrong adds up
		m.Again = max(m.Again, r.Again)
	}
	return m, true
}

func median(list []row, figure func(row) float64) float64 {
	var all []float64
	for _, r := range list {
		all = append(all, figure(r))
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

// A spread is a figure of several repetitions.
type spread struct{ low, median, high float64 }

// ratio compares a figure of two contenders, repetition by repetition: each was one
// interleaved run. ok is false if there is none in which both were held.
func (t table) ratio(a, b key, figure func(row) float64) (s spread, ok bool) {
	var all []float64
	for _, x := range t.rows[a] {
		for _, y := range t.rows[b] {
			if x.Rep == y.Rep && x.held() && y.held() && figure(y) > 0 {
				all = append(all, figure(x)/figure(y))
			}
		}
	}
	if len(all) == 0 {
		return s, false
	}
	slices.Sort(all)
	n := len(all)
	return spread{all[0], (all[(n-1)/2] + all[n/2]) / 2, all[n-1]}, true
}

// groups are the keys by flow, mode and layout: what is compared with each other.
func (t table) groups() (list [][]key) {
	order := func(k key) int { return slices.IndexFunc(flows, func(f flow) bool { return f.name == k.flow }) }
	same := func(a, b key) bool { return a.flow == b.flow && a.mode == b.mode && a.layout == b.layout }
	keys := slices.Clone(t.keys)
	slices.SortStableFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.layout, b.layout), cmp.Compare(a.mode, b.mode))
	})
	for _, k := range keys {
		if n := len(list); n > 0 && same(list[n-1][0], k) {
			list[n-1] = append(list[n-1], k)
		} else {
			list = append(list, []key{k})
		}
	}
	return list
}

func cpu(r row) float64  { return r.CPU }
func rate(r row) float64 { return r.Rate }
