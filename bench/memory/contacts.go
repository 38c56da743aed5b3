package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/hugepages"
	"github.com/fastsips/fastsips/internal/memlimit"
	"github.com/fastsips/fastsips/internal/population"
)

// contacts is the mode contacts: the collector is set as fastsips sets it.
func contacts(_ context.Context, args []string, w io.Writer) error {
	f := flag.NewFlagSet("memory contacts", flag.ExitOnError)
	n := f.Int("n", 1_000_000, "addresses-of-record, with a contact each")
	if err := f.Parse(args); err != nil {
		return err
	}
	available, _ := memlimit.Available()
	debug.SetGCPercent(memlimit.GCPercent)
	debug.SetMemoryLimit(memlimit.Limit(available))
	if hugepages.Wanted() == nil {
		if err := hugepages.Reserve(hugepages.Step); err != nil {
			return err
		}
	}
	p, err := population.New(*n)
	if err != nil {
		return err
	}
	defer p.Close()
	runtime.GC()
	before := rss()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tseconds\tRSS B per contact\tbeyond its texts\t\n")
	texts := 0
	show := func(what string, began time.Time) {
		each := (rss() - before) / *n
		fmt.Fprintf(t, "%s\t%.1f\t%d\t%d\t\n", what, time.Since(began).Seconds(), each, each - texts / *n)
	}
	for round, what := range []string{"registered", "each refreshed", "and again"} {
		began := time.Now()
		texts = p.Register(int32(round + 1))
		show(what, began)
	}
	began := time.Now()
	debug.FreeOSMemory()
	show("after a collection that gives back what is free", began)
	fmt.Fprintf(t, "texts of a contact: %d B\n", texts / *n)
	return t.Flush()
}

// rss is what of this process is in memory, in bytes (proc_pid_status(5)).
func rss() int {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kb << 10
}
