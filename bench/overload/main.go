// Command overload shows what a proxy does with more calls than it can serve.
//
//	go run ./bench/overload                      # four minutes, two without Kamailio
//	go run ./bench/overload -only fastsips -d 10s -docs docs
//
// Each INVITE costs the script some pure computation, so that a call costs -times as
// much as a plain one and the generator can offer more than the proxy can do. A closed
// loop finds the capacity; an open loop then offers multiples of it. ../README.md says
// how to read what comes out. The exit status is 1 if a goal was missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

type settings struct {
	times    float64 // cost of a call, in plain ones
	loads    []float64
	lasts    time.Duration // of each load
	warm     time.Duration
	loops    int
	binary   string
	kamailio string
	products []string
	more     string // lines for the script of fastsips
	tsv      string
	docs     string
	keep     string
}

func main() {
	s, err := parse(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		err = run(ctx, s, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "overload:", err)
		os.Exit(1)
	}
}

func parse(args []string) (s settings, err error) {
	fs := flag.NewFlagSet("overload", flag.ExitOnError)
	fs.Float64Var(&s.times, "times", 4, "how many plain calls one costs")
	loads := fs.String("loads", "0.5,1,1.5,2,3", "what is offered, as multiples of the capacity")
	fs.DurationVar(&s.lasts, "d", 15*time.Second, "what is measured of each load")
	fs.DurationVar(&s.warm, "warm", 3*time.Second, "before that, at the same rate; it counts in the timeline, not in the table")
	fs.IntVar(&s.loops, "n", 1, "event loops of fastsips")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.StringVar(&s.kamailio, "kamailio", "/usr/sbin/kamailio", "Kamailio to run")
	only := fs.String("only", "fastsips,kamailio", "products, commas between")
	fs.StringVar(&s.more, "cfg", "", "a line for the script of fastsips, such as overload_wait=0")
	fs.StringVar(&s.tsv, "tsv", "overload.tsv", "file for the seconds of all loads")
	fs.StringVar(&s.docs, "docs", "", "folder for overload.png")
	fs.StringVar(&s.keep, "keep", "", "folder in which configurations and logs stay")
	fs.Parse(args) // exits on errors
	for text := range strings.SplitSeq(*loads, ",") {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || x <= 0 {
			return s, fmt.Errorf("-loads %q: want numbers such as 0.5,1,2", *loads)
		}
		s.loads = append(s.loads, x)
	}
	s.products = strings.Split(*only, ",")
	for _, name := range s.products {
		if name != "fastsips" && name != "kamailio" {
			return s, fmt.Errorf("-only %q: want fastsips, kamailio or both", *only)
		}
	}
	return s, nil
}

func run(ctx context.Context, s settings, w io.Writer) error {
	var err error
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return err
	}
	keep, end, err := sipprun.Folder(s.keep, "overload")
	if err != nil {
		return err
	}
	defer end()
	s.keep = keep
	// The generator is this process: it must not share the proxy's processor, nor collect.
	if runtime.NumCPU() > 1 {
		procs.Pin([]int{os.Getpid()}, runtime.NumCPU()-1)
	}
	debug.SetGCPercent(800)
	var all []*series
	for i, name := range s.products {
		b := bench{settings: s, product: name, dir: filepath.Join(s.keep, strconv.Itoa(i))}
		one, err := b.measure(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, one)
	}
	if err := publish(all, s); err != nil {
		return err
	}
	return judge(all, w)
}
