package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/load"
)

// good are figures with which nothing is wrong.
func good() []*series {
	at := func(times, goodput float64, refused int) *point {
		return &point{load: times, goodput: goodput, Result: load.Result{Started: 10000, Refused: refused, RetryAfter: refused, Statuses: map[int]int{503: refused}}}
	}
	return []*series{
		{product: "fastsips", capacity: 1000, points: []*point{at(0.5, 500, 0), at(1, 990, 3), at(2, 900, 5000)}},
		{product: "kamailio", capacity: 1000, points: []*point{at(2, 10, 0)}},
	}
}

// What is not measured is not judged: a product that there is not would hold all goals.
func TestParse(t *testing.T) {
	for args, want := range map[string]string{"": "", "-only kamailio": "", "-only fastsip": "fastsip", "-loads 0": "loads", "-loads 1,x": "loads"} {
		if _, err := parse(strings.Fields(args)); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(half, double *point)
	}{
		{"", func(_, _ *point) {}},
		{"goodput is 79 %", func(_, p *point) { p.goodput = 790 }},
		{"goodput is 75 %", func(p, _ *point) { p.goodput = 1200 }}, // the peak
		{"4999 of the 5000 responses", func(_, p *point) { p.RetryAfter-- }},
		{"0 calls are refused with 503", func(_, p *point) { p.Refused, p.RetryAfter, p.Statuses = 0, 0, nil }},
		{"1 calls are refused: none", func(p, _ *point) { p.Refused = 1 }},
		{"11 neither", func(_, p *point) { p.Failed = 11 }},
	} {
		all := good()
		c.spoil(all[0].points[0], all[0].points[2])
		err := judge(all, new(bytes.Buffer))
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ";")) {
			t.Errorf("want %q: %v", c.want, err)
		}
	}
}
