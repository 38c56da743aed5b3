// Command load puts one of the flows through a proxy that runs already and prints what
// came of it as JSON.
//
//	go run ./bench/load -p 127.0.0.1:5060 -flow calls -c 100
//	go run ./bench/load -p 127.0.0.1:5060 -flow register -r 5000 -measure 30s
//
// With -floor it is the forwarder that a proxy is compared to instead, between
// the first caller's port and the first callee's:
//
//	go run ./bench/load -p 127.0.0.1:5060 -floor batch -caller 26000 -callee 27000
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/load/floor"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", strings.TrimPrefix(err.Error(), "load: "))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var cfg load.Config
	fs := flag.NewFlagSet("load", flag.ExitOnError)
	fs.TextVar(&cfg.Proxy, "p", netip.AddrPort{}, "address of the proxy, of 127.0.0.0/8")
	fs.TextVar(&cfg.Flow, "flow", load.Calls, "calls (S3), options (S1), forward (S2) or register (S4, S5)")
	fs.IntVar(&cfg.InFlight, "c", 0, "closed loop: calls in flight")
	fs.Float64Var(&cfg.Rate, "r", 0, "open loop: calls per second")
	fs.BoolVar(&cfg.Poisson, "poisson", false, "open loop: at random times")
	fs.DurationVar(&cfg.Warm, "warm", 2*time.Second, "before what is measured")
	fs.DurationVar(&cfg.Measure, "measure", 5*time.Second, "what is measured")
	fs.DurationVar(&cfg.Hold, "hold", 0, "how long a call stays up")
	fs.IntVar(&cfg.Callers, "callers", 8, "ports that calls come from")
	fs.IntVar(&cfg.Callees, "callees", 4, "ports that calls go to")
	fs.IntVar(&cfg.CallerPort, "caller", 0, "the first of the callers' ports (default: any)")
	fs.IntVar(&cfg.CalleePort, "callee", 0, "the first of the callees' ports (default: any)")
	fs.IntVar(&cfg.Users, "users", 10000, "register: AoRs, u000000 and so on, with passwords pw000000 and so on")
	fs.StringVar(&cfg.Domain, "domain", "127.0.0.1", "register: of the AoRs")
	fs.BoolVar(&cfg.Busy, "busy", false, "poll instead of sleeping")
	mode := fs.String("floor", "", "be the forwarder on the proxy's port: single or batch")
	profile := fs.String("cpuprofile", "", "file for a profile of the generator")
	fs.Parse(args) // exits on errors
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if *mode != "" {
		local := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return floor.Run(ctx, int(cfg.Proxy.Port()), netip.AddrPortFrom(local, uint16(cfg.CallerPort)),
			netip.AddrPortFrom(local, uint16(cfg.CalleePort)), floor.Mode(*mode))
	}
	switch {
	case !cfg.Proxy.IsValid():
		return errors.New("-p is missing: the proxy's address, such as 127.0.0.1:5060")
	case (cfg.InFlight > 0) == (cfg.Rate > 0):
		return errors.New("want either -c, calls in flight, or -r, calls per second")
	}
	res, err := load.Run(ctx, cfg)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(res)
}
