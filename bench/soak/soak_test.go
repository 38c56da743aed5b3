package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/load"
)

// steady is the outcome of a run of which nothing is to be said.
func steady() *outcome {
	o := &outcome{Result: load.Result{Started: 1000, Completed: 1000}, faults: 3, end: sample{failed: 7}}
	for i := range 300 {
		o.samples = append(o.samples, sample{second: i, rss: 50<<20 + i%7<<14, fds: 40 + i%3, goroutines: 20, parked: i % 5, entries: 9000 + i%100})
	}
	return o
}

// What is wrong with a run is said, and nothing else.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		about, want string
		spoil       func(*outcome)
	}{
		{"nothing", "", func(*outcome) {}},
		{"a failed call", "1 failed", func(o *outcome) { o.Failed = 1 }},
		{"refusals", "2 were refused", func(o *outcome) { o.Refused = 2 }},
		{"faults that nobody felt", "the faults were felt", func(o *outcome) { o.end.failed = 0 }},
		{"memory", "RSS", func(o *outcome) { grow(o, func(s *sample, n int) { s.rss += n << 13 }) }},
		{"files", "file descriptors", func(o *outcome) { grow(o, func(s *sample, n int) { s.fds += n / 4 }) }},
		{"goroutines", "goroutines", func(o *outcome) { grow(o, func(s *sample, n int) { s.goroutines += n / 4 }) }},
		{"parked runs", "parked runs", func(o *outcome) { grow(o, func(s *sample, n int) { s.parked += n / 4 }) }},
		{"transactions", "entries of", func(o *outcome) { grow(o, func(s *sample, n int) { s.entries += 100 * n }) }},
		{"leftovers", "after 4m0s", func(o *outcome) { o.left = "after 4m0s: 3 entries" }},
		{"memory, in a short run", "", func(o *outcome) {
			grow(o, func(s *sample, n int) { s.rss += n << 20 })
			o.samples = o.samples[:60]
		}},
	} {
		o := steady()
		c.spoil(o)
		err := o.judge(new(bytes.Buffer))
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ";")) {
			t.Errorf("%s: %v", c.about, err)
		}
	}
}

func grow(o *outcome, by func(s *sample, n int)) {
	for i := range o.samples {
		by(&o.samples[i], i)
	}
}

func TestGrowth(t *testing.T) {
	o := &outcome{}
	for i := range 301 {
		o.samples = append(o.samples, sample{second: i, rss: 1e6 + 1000*i})
	}
	if mean, growth, hour := o.growth(); math.Abs(mean-1.2e6) > 1 || math.Abs(growth-200e3/1.2e6) > 1e-6 || math.Abs(hour-3.6e6/1.2e6) > 1e-6 {
		t.Errorf("mean %v, growth %v, an hour %v", mean, growth, hour)
	}
}

// A line has what happened in the second before its sample, also where samples are missing.
func TestPublish(t *testing.T) {
	o := &outcome{samples: []sample{{second: 1}, {second: 4}, {second: 9}}}
	for i := range 5 {
		o.Timeline = append(o.Timeline, load.Second{Begun: 100 + i})
	}
	file := filepath.Join(t.TempDir(), "tsv")
	if err := o.publish(settings{tsv: file, png: file + ".png"}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(b), header+"\n1\t100\t") || !strings.Contains(string(b), "\n4\t103\t") || strings.Count(string(b), "\n") != 3 {
		t.Errorf("%s, %v", b, err)
	}
}

// Ten seconds of the real thing.
func TestSoak(t *testing.T) {
	if os.Getenv("FASTSIPS_DEEP") == "" {
		t.Skip("FASTSIPS_DEEP=1 runs it")
	}
	dir := t.TempDir()
	var out bytes.Buffer
	err := run(t.Context(), settings{lasts: 10 * time.Second, every: 2 * time.Second, rate: 200, loops: 2,
		tsv: filepath.Join(dir, "tsv"), png: filepath.Join(dir, "png")}, &out)
	t.Log(out.String())
	if err != nil {
		t.Error(err)
	}
}
