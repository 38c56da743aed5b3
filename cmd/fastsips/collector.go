package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/fastsips/fastsips/internal/memlimit"
)

// What the garbage collector is told, unless the environment says otherwise. docs/memory.md
// has the figures.
//
// The message path makes no garbage, so what a larger GOGC lets lie about is little, and a
// collection comes every two minutes anyway. It saves those of a heap that grows: from 4 MiB
// to 600 MiB four instead of eight, each of which takes longer than the one before.
const gcPercent = 400

// limitShare is the part of the memory there is from which on the collector does all it can to stay
// below: the rest is for what is not Go's, above all sockets' buffers.
const limitShare = 0.75

// A collector is how the garbage collector has been set.
type collector struct {
	percent string // GOGC
	limit   string // GOMEMLIMIT
	of      string // what the limit is taken from; empty: the environment
}

// setCollector sets GOGC and GOMEMLIMIT as far as the environment does not.
func setCollector() (c collector) {
	if c.percent = os.Getenv("GOGC"); c.percent == "" {
		c.percent = fmt.Sprint(gcPercent)
		debug.SetGCPercent(gcPercent)
	}
	if c.limit = os.Getenv("GOMEMLIMIT"); c.limit != "" {
		return c
	}
	if there, of := memlimit.Available(); there > 0 {
		limit := int64(limitShare * float64(there))
		debug.SetMemoryLimit(limit)
		c.limit, c.of = fmt.Sprintf("%dMiB", limit>>20), of
	}
	return c
}

func (c collector) log(log *slog.Logger) {
	attrs := []any{"GOGC", c.percent, "GOMEMLIMIT", c.limit}
	if c.of != "" {
		attrs = append(attrs, "three quarters of", c.of)
	}
	log.Info("garbage collector", attrs...)
}
