package main

import (
	"bytes"
	"log/slog"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/memlimit"
)

// keepCollector undoes what a test does to the collector.
func keepCollector(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
}

// settings returns GOGC and GOMEMLIMIT as they are.
func settings() (percent int, limit int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

// Without a word from the environment, GOGC and GOMEMLIMIT are ours, and the log says so.
func TestCollectorIsSet(t *testing.T) {
	keepCollector(t)
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	c := setCollector()
	if percent, limit := settings(); percent != memlimit.GCPercent || limit == math.MaxInt64 || limit < 1<<20 {
		t.Errorf("GOGC is %d and GOMEMLIMIT %d", percent, limit)
	}
	var text bytes.Buffer
	c.log(slog.New(slog.NewTextHandler(&text, nil)))
	for _, want := range []string{"garbage collector", "GOGC=200", "MiB"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing in %s", want, &text)
		}
	}
}

// What the environment says, Go's run-time has read before main: it is left alone.
func TestEnvironmentSetsCollector(t *testing.T) {
	keepCollector(t)
	t.Setenv("GOGC", "70")
	t.Setenv("GOMEMLIMIT", "5GiB")
	c := setCollector()
	if percent, limit := settings(); percent != 100 || limit != math.MaxInt64 {
		t.Errorf("GOGC was set to %d and GOMEMLIMIT to %d", percent, limit)
	}
	if c.percent != "70" || c.limit != "5GiB" || c.of != "" {
		t.Errorf("%+v", c)
	}
}
