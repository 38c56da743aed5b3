package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/fastsips/fastsips/internal/memlimit"
)

// scarce is how many bytes of GOMEMLIMIT are hardly enough to begin with: below what is in
// use anyhow the collector works without end, which takes half of the processors.
const scarce = 64 << 20

// A collector is how the garbage collector has been set.
type collector struct {
	percent string // GOGC
	limit   string // GOMEMLIMIT
	of      string // what the limit is taken from; empty: the environment
	scarce  bool
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
		c.take(memlimit.Limit(there), of)
	}
	return c
}

// take sets GOMEMLIMIT.
func (c *collector) take(limit int64, of string) {
	debug.SetMemoryLimit(limit)
	c.limit, c.of, c.scarce = fmt.Sprintf("%dMiB", limit>>20), of, limit < scarce
}

func (c collector) log(log *slog.Logger) {
	attrs := []any{"GOGC", c.percent, "GOMEMLIMIT", c.limit}
	if c.of != "" {
		attrs = append(attrs, "three_quarters_of", c.of)
	}
	log.Info("garbage collector", attrs...)
	if c.scarce {
		log.Warn("there is little memory: the garbage collector may work all the time", "GOMEMLIMIT", c.limit, "because of", c.of)
	}
}
