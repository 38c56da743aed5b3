// Command calls puts complete SIP calls through a freshly started fastsips, SIPp on
// both sides, and prints what came of them and what they cost.
//
//	go run ./bench/calls -n 20000 -r 1000 -loops 1,2,4
//
// A call is INVITE, 180, 200, ACK, BYE, 200, record-routed. The exit status is 1 if
// any call failed or any message came that the scenario does not expect. SIPp and
// the proxy share the machine, so the cost of a call is comparable only within a
// run; ../README.md says how to measure with more care.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/tune"
)

type settings struct {
	calls, rate int
	loops       []int
	config      string // text
	binary      string
	hold        time.Duration
	keep        string // folder for logs and SIPp's files; empty: a temporary one
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "calls:", err)
		os.Exit(2)
	}
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "calls:", err)
		os.Exit(1)
	}
}

func parse(args []string) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("calls", flag.ExitOnError)
	fs.IntVar(&s.calls, "n", 20000, "calls in each run")
	fs.IntVar(&s.rate, "r", 1000, "calls per second")
	loops := fs.String("loops", "1,2,4", "numbers of event loops, one run for each")
	file := fs.String("f", "", "script (default: record_route and t_relay); must have socket=udp:[proxy]")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.DurationVar(&s.hold, "hold", 0, "how long each call lasts")
	fs.StringVar(&s.keep, "keep", "", "folder in which logs and SIPp's files stay")
	fs.Parse(args) // exits on errors
	for _, text := range strings.Split(*loops, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, fmt.Errorf("-loops %q: want numbers such as 1,2,4", *loops)
		}
		s.loops = append(s.loops, n)
	}
	if s.calls < 1 || s.rate < 1 {
		return s, errors.New("-n and -r must be positive")
	}
	s.config = tune.Script
	if *file != "" {
		b, err := os.ReadFile(*file)
		if err != nil {
			return s, err
		}
		s.config = string(b)
	}
	return s, nil
}

// run makes one run for each number of loops and prints a line for each.
func run(ctx context.Context, s settings, w io.Writer) error {
	var err error
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return err
	}
	keep, end, err := sipprun.Folder(s.keep, "calls")
	if err != nil {
		return err
	}
	defer end()
	s.keep = keep
	var errs []error
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "loops\tcalls\tsuccessful\tfailed\tunexpected\tretransmissions\tseconds\tcpu/call\t")
	for _, n := range s.loops {
		line, err := measure(ctx, s, n)
		if err != nil {
			errs = append(errs, fmt.Errorf("%d loops: %w", n, err))
		}
		fmt.Fprintln(tw, line)
	}
	return errors.Join(append(errs, tw.Flush())...)
}

// measure is one run. The numbers of both ends are added, except for the calls.
func measure(ctx context.Context, s settings, loops int) (line string, err error) {
	dir := filepath.Join(s.keep, "loops="+strconv.Itoa(loops))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{
		Binary: s.binary, Args: []string{"-n", strconv.Itoa(loops)}, Dir: dir, Config: s.config,
	})
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, p.Stop(), os.WriteFile(filepath.Join(dir, "log"), []byte(p.String()), 0o600))
	}()
	before, err := p.CPU()
	if err != nil {
		return "", err
	}
	begin := time.Now()
	res, err := sipprun.Calls(ctx, sipprun.CallsConfig{
		Proxy: p.Addr, Rate: s.rate, Count: s.calls, Hold: s.hold, Dir: dir,
	})
	elapsed := time.Since(begin)
	if err != nil {
		return "", err
	}
	after, err := p.CPU()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%v\t", loops, s.calls, res.UAC.Successful,
		res.UAC.Failed+res.UAS.Failed, res.UAC.Unexpected+res.UAS.Unexpected,
		res.UAC.Retransmissions+res.UAS.Retransmissions, elapsed.Seconds(),
		((after - before) / time.Duration(max(res.UAC.Successful, 1))).Round(100*time.Nanosecond)), res.Clean()
}
