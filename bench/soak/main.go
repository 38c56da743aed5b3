// Command soak puts calls through fastsips for a long time, at half of what it can do,
// while the backends that its script asks fail in one way after the other.
//
//	go run ./bench/soak                  # half an hour
//	go run ./bench/soak -d 3m -r 1000    # at a rate of one's choice
//
// Each call asks PostgreSQL and Redis. A backend that fails costs a call up to a second,
// and must not cost the call. ../README.md says what is looked at. The exit status is 1
// if a call failed, or something grew that should not.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed soak.cfg
var config string

type settings struct {
	lasts, every time.Duration
	rate         float64
	loops        int
	binary       string
	more         string
	tsv, png     string
	keep         string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var s settings
	fs := flag.NewFlagSet("soak", flag.ExitOnError)
	fs.DurationVar(&s.lasts, "d", 30*time.Minute, "for how long")
	fs.DurationVar(&s.every, "every", 20*time.Second, "between two faults")
	fs.Float64Var(&s.rate, "r", 0, "calls a second (default: half of what a closed loop finds)")
	fs.IntVar(&s.loops, "n", 2, "event loops")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.StringVar(&s.more, "cfg", "", "a line for the script, such as overload_wait=0")
	fs.StringVar(&s.tsv, "tsv", "soak.tsv", "file for the samples")
	fs.StringVar(&s.png, "png", "soak.png", "file for the chart")
	fs.StringVar(&s.keep, "keep", "", "file in which the proxy's log stays")
	fs.Parse(os.Args[1:]) // exits on errors
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, w io.Writer) (err error) {
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return err
	}
	b, err := startBackends()
	if err != nil {
		return err
	}
	defer b.tb.Clean()
	if s.rate == 0 {
		if s.rate, err = half(ctx, s, b); err != nil {
			return err
		}
	}
	p, err := start(s, b)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, p.Stop())
		if s.keep != "" {
			err = errors.Join(err, os.WriteFile(s.keep, []byte(p.Log.String()), 0o644))
		}
	}()
	fmt.Fprintf(w, "%.0f calls/s for %v, %d loops, a fault every %v\n", s.rate, s.lasts, s.loops, s.every)
	o, err := soak(ctx, s, b, p, w)
	if err != nil {
		return err
	}
	if err := o.publish(s); err != nil {
		return err
	}
	return o.judge(w)
}

func start(s settings, b *backends) (*sipprun.Proxy, error) {
	return sipprun.StartProxy(sipprun.ProxyConfig{Binary: s.binary, Config: config, Args: []string{"-n", strconv.Itoa(s.loops)},
		Vars: map[string]string{"postgres": b.url, "redis": b.redis.relay.Addr(), "more": s.more}})
}

// half finds half of the rate that everything together holds on this machine.
func half(ctx context.Context, s settings, b *backends) (float64, error) {
	p, err := start(s, b)
	if err != nil {
		return 0, err
	}
	r, err := load.Run(ctx, load.Config{Proxy: netip.MustParseAddrPort(p.Addr), InFlight: 100, Ramp: 2 * time.Second, Warm: 5 * time.Second, Measure: 5 * time.Second})
	if err == nil && r.Ended == 0 {
		err = errors.New("a closed loop completes no call")
	}
	return r.Rate / 2, errors.Join(err, p.Stop())
}

// soak makes the calls, the faults and the samples.
func soak(ctx context.Context, s settings, b *backends, p *sipprun.Proxy, w io.Writer) (*outcome, error) {
	o := &outcome{rate: s.rate}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	plagued, sampled := make(chan error, 1), make(chan error, 1)
	faulty, healthy := context.WithTimeout(ctx, s.lasts-3*time.Second) // the last calls are to find all well
	defer healthy()
	go func() {
		var err error
		o.faults, err = b.plague(faulty, s.every, w)
		plagued <- err
	}()
	watching, seen := context.WithCancel(ctx)
	go func() { sampled <- o.watch(watching, p) }()
	var err error
	o.Result, err = load.Run(ctx, load.Config{Proxy: netip.MustParseAddrPort(p.Addr), Rate: s.rate, Measure: s.lasts, Drain: 20 * time.Second, Patience: 20 * time.Second})
	interrupted := ctx.Err()
	healthy()
	seen()
	if err = errors.Join(err, interrupted, <-plagued, <-sampled); err != nil {
		return nil, err
	}
	o.emptied, err = p.AwaitEmpty(4 * time.Minute)
	if err != nil {
		o.left = err.Error()
	}
	end, err := look(p)
	o.end = end
	return o, err
}
