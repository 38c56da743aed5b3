// Command pgo makes the profile that `make build` compiles fastsips with: of one loop under
// the flows S1, S2, S3 and S6, all from the same script, for as long each. It is no
// default.pgo: each test of cmd/fastsips would compile all packages a second time.
//
//	go build -tags profiled -pgo=off -o /tmp/profiled ./cmd/fastsips
//	go run ./bench/pgo -bin /tmp/profiled -o cmd/fastsips/fastsips.pgo
//
// `make pgo` does both. It takes no quiet machine: a profile says what is called from
// where, and how often one thing next to another.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed pgo.cfg
var config string

// flows are what is profiled. A parked call waits for 20 ms before it is relayed.
var flows = []load.Config{
	{Flow: load.Options, InFlight: 100},
	{Flow: load.Forward, InFlight: 100},
	{Flow: load.Calls, InFlight: 100},
	{Flow: load.Calls, InFlight: 400, User: "parked"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fs := flag.NewFlagSet("pgo", flag.ExitOnError)
	bin := fs.String("bin", "", "fastsips, built with -tags profiled; required")
	out := fs.String("o", "fastsips.pgo", "file to write")
	each := fs.Duration("each", 20*time.Second, "how long each flow is profiled")
	fs.Parse(os.Args[1:]) // exits on errors
	if err := run(ctx, *bin, *out, *each); err != nil {
		fmt.Fprintln(os.Stderr, "pgo:", err)
		os.Exit(1)
	}
}

// run profiles the flows one by one, each with a proxy of its own, and merges.
func run(ctx context.Context, bin, out string, each time.Duration) error {
	dir, err := os.MkdirTemp("", "fastsips-pgo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	merge := []string{"tool", "pprof", "-proto"}
	for i, f := range flows {
		file := filepath.Join(dir, fmt.Sprint(i, ".prof"))
		f.Warm, f.Measure, f.Drain = time.Second, each, time.Second
		if err := profile(ctx, bin, dir, file, f); err != nil {
			return fmt.Errorf("%v: %w", f.Flow, err)
		}
		merge = append(merge, file)
	}
	cmd := exec.Command("go", merge...)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	return os.WriteFile(out, b, 0o644)
}

// profile writes to file what one loop does under a flow.
func profile(ctx context.Context, bin, dir, file string, f load.Config) (err error) {
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{
		Binary: bin, Args: []string{"-n", "1"}, Dir: dir, Config: config, Env: []string{"FASTSIPS_PROFILE=" + file},
	})
	if err != nil {
		return err
	}
	if f.Proxy, err = netip.ParseAddrPort(p.Addr); err != nil {
		return err
	}
	f.Mark = func(load.Mark) { _ = p.Signal(syscall.SIGUSR2) } // begins and ends the profile
	r, err := load.Run(ctx, f)
	if e := p.Stop(); err == nil {
		err = e
	}
	if err == nil && (r.Completed == 0 || r.Failed > r.Completed/100) {
		err = fmt.Errorf("%d of %d failed", r.Failed, r.Started)
	}
	fmt.Printf("%-8v %7.0f a second\n", f.Flow, r.Rate)
	return err
}
