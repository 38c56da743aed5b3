// Command linger puts calls through a freshly started fastsips at an even rate and
// prints what its lingering transactions take in memory.
//
//	go run ./bench/linger -r 5000 -d 120s
//
// A call is INVITE, 180, 200, ACK, BYE, 200, record-routed: four entries of the
// transaction table, since each of INVITE and BYE has a server and a client side,
// three of which linger for 64*T1 (32 s) and one for T4 (5 s). ../README.md
// explains the columns. The exit status is 1 if calls are missing or something
// is left in the end.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/rawcalls"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed linger.cfg
var config string

type settings struct {
	rate, loops int
	lasts       time.Duration
	every       time.Duration
	binary      string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var s settings
	fs := flag.NewFlagSet("linger", flag.ExitOnError)
	fs.IntVar(&s.rate, "r", 5000, "calls per second")
	fs.DurationVar(&s.lasts, "d", 120*time.Second, "for how long")
	fs.DurationVar(&s.every, "every", 10*time.Second, "between two lines")
	fs.IntVar(&s.loops, "n", 2, "event loops")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.Parse(os.Args[1:]) // exits on errors
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "linger:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, w io.Writer) (err error) {
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return err
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: s.binary, Config: config, Args: []string{"-n", strconv.Itoa(s.loops)}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()

	empty, err := look(p)
	if err != nil {
		return err
	}
	calls := int(s.lasts.Seconds() * float64(s.rate))
	fmt.Fprintf(w, "%d calls at %d/s, %d loops; empty: RSS %s, heap %s\n", calls, s.rate, s.loops, mib(empty.rss), mib(empty.heap))
	var res rawcalls.Result
	done := make(chan error, 1)
	go func() {
		var err error
		res, err = rawcalls.Run(ctx, rawcalls.Config{Proxy: p.Addr, Calls: calls, Rate: s.rate, Window: 4 * s.rate})
		done <- err
	}()
	full, err := watch(p, s, empty, w, done)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "at the fullest a lingering transaction took %s of tombstone and %s of kept messages, %s with index and timers; the process %s\n",
		each(full.tombstones, full.entries), each(full.kept, full.entries), each(full.tombstones+full.kept+full.rest, full.entries),
		each(full.rss-empty.rss, full.entries))
	return finish(p, res, calls, w)
}

// watch prints a line now and then until the calls are through, and returns the state
// with the most entries.
func watch(p *sipprun.Proxy, s settings, empty state, w io.Writer, done <-chan error) (full state, err error) {
	tw := tabwriter.NewWriter(w, 9, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "seconds\tentries\tRSS\theap live\ttombstones\tkept\tindex, timers\tRSS/entry\t")
	begin := time.Now()
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		over := false
		select {
		case err = <-done:
			over = true
		case <-tick.C:
		}
		now, e := look(p)
		if err = errors.Join(err, e); err != nil {
			return full, err
		}
		if now.entries > full.entries {
			full = now
		}
		fmt.Fprintf(tw, "%.0f\t%d\t%s\t%s\t%s\t%s\t%s\t%d B\t\n", time.Since(begin).Seconds(), now.entries, mib(now.rss), mib(now.heap),
			each(now.tombstones, now.entries), each(now.kept, now.entries), each(now.rest, now.entries), (now.rss-empty.rss)/max(now.entries, 1))
		if err := tw.Flush(); err != nil || over {
			return full, err
		}
	}
}

// finish says what came of the calls and waits until the proxy has forgotten them.
func finish(p *sipprun.Proxy, res rawcalls.Result, calls int, w io.Writer) error {
	s, err := p.Statistics(sipprun.LastOfAll, patience)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d of %d calls completed in %v; dropped by the kernel: %d at the proxy, %d at the generator\n",
		res.Completed, calls, res.Elapsed.Round(time.Millisecond), s["RecvDrops"], res.Drops)
	took, err := p.AwaitEmpty(3 * time.Minute) // timer C, where a call was lost
	if err != nil {
		return err
	}
	end, err := look(p)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "empty again %v later: RSS %s, heap live %s; it keeps room for %d entries\n",
		took.Round(time.Second), mib(end.rss), mib(end.heap), end.slots)
	if res.Completed != calls {
		return fmt.Errorf("%d calls did not complete", calls-res.Completed)
	}
	return nil
}

// A state is what the proxy takes at a moment, in bytes.
type state struct {
	entries, slots int
	rss            int
	heap           int // found alive by the last collection
	tombstones     int // entries and wires, as far as they are in use
	kept           int // messages that may have to be sent again, in their size classes
	rest           int // index and timer wheel
}

const patience = 20 * time.Second

func look(p *sipprun.Proxy) (state, error) {
	c, err := p.Statistics("statistics runtime ", patience)
	if err != nil {
		return state{}, err
	}
	rss, err := p.RSS()
	return state{
		entries: c["Entries"], slots: c["Slots"], rss: rss, heap: c["heap_live"],
		tombstones: c["Entries"] * c["tombstone"],
		kept:       c["KeptBytes"],
		rest:       c["IndexBytes"] + c["TimerBytes"],
	}, err
}

func mib(n int) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// each is n bytes shared out over the entries.
func each(n, entries int) string { return fmt.Sprintf("%d B", n/max(entries, 1)) }
