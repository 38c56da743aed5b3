package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/fastsips/fastsips/internal/memlimit"
)

// A collector is how the garbage collector has been set.
type collector struct {
	percent string // GOGC
	limit   string // GOMEMLIMIT
	of      string // what the limit is taken from; empty: the environment
}

// setCollector sets GOGC and GOMEMLIMIT as memlimit says, as far as the environment does not.
func setCollector() (c collector) {
	if c.percent = os.Getenv("GOGC"); c.percent == "" {
		c.percent = fmt.Sprint(memlimit.GCPercent)
		debug.SetGCPercent(memlimit.GCPercent)
	}
	if c.limit = os.Getenv("GOMEMLIMIT"); c.limit != "" {
		return c
	}
	if there, of := memlimit.Available(); there > 0 {
		limit := memlimit.Limit(there)
		debug.SetMemoryLimit(limit)
		c.limit, c.of = fmt.Sprintf("%dMiB", limit>>20), of
	}
	return c
}

func (c collector) log(log *slog.Logger) {
	attrs := []any{"GOGC", c.percent, "GOMEMLIMIT", c.limit}
	if c.of != "" {
		attrs = append(attrs, "three_quarters_of", c.of)
	}
	log.Info("garbage collector", attrs...)
}
