// Command steering compares the ways in which the kernel may choose the loop of a datagram:
// one trunk, that is one port calls, another one answers; a rate of calls that all can bear.
//
//	go run ./bench/steering -r 3000
//
// A line is the median of the interleaved runs: what a call costs the proxy, and of its messages how many were
// handed over.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A setting is one way to run the proxy.
type setting struct {
	loops int
	mode  string
}

// A figure is what one run has shown.
type figure struct {
	micros, share float64 // CPU for each call; of the messages, those handed over
	failed        int
}

func main() {
	fs := flag.NewFlagSet("steering", flag.ExitOnError)
	rate := fs.Float64("r", 3000, "calls a second")
	runs := fs.Int("runs", 3, "runs of each setting")
	seconds := fs.Duration("d", 2*time.Second, "what is measured of each run")
	binary := fs.String("bin", "", "fastsips to run (default: built from this module)")
	fs.Parse(os.Args[1:]) // exits on errors
	file, err := sipprun.Fastsips(*binary)
	check(err)
	settings := []setting{{1, "auto"}, {2, "none"}, {2, "cbpf"}, {2, "ebpf"}, {4, "none"}, {4, "cbpf"}, {4, "ebpf"}}
	seen := make([][]figure, len(settings))
	for range *runs {
		for i, s := range settings {
			f, err := measure(file, s, load.Config{Rate: *rate, Warm: time.Second / 2, Measure: *seconds, Callers: 1, Callees: 1})
			check(err)
			seen[i] = append(seen[i], f)
		}
	}
	fmt.Println("loops  steering  CPU µs/call  handed over  failed")
	for i, s := range settings {
		slices.SortFunc(seen[i], func(a, b figure) int { return int(100 * (a.micros - b.micros)) })
		m, failed := seen[i][len(seen[i])/2], 0
		for _, f := range seen[i] {
			failed += f.failed
		}
		fmt.Printf("%5d  %-8s  %11.1f  %10.0f%%  %6d\n", s.loops, s.mode, m.micros, 100*m.share, failed)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "steering:", err)
		os.Exit(1)
	}
}

func measure(binary string, s setting, c load.Config) (f figure, err error) {
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: binary, Config: sipprun.TrunkScript,
		Vars: map[string]string{"steering": s.mode}, Args: []string{"-n", strconv.Itoa(s.loops)}})
	if err != nil {
		return f, err
	}
	defer p.Stop()
	if s.loops > 1 {
		if _, err := p.AwaitSteering(); err != nil {
			return f, err
		}
	}
	if c.Proxy, err = netip.ParseAddrPort(p.Addr); err != nil {
		return f, err
	}
	var at [2]procs.Usage
	c.Mark = func(m load.Mark) {
		at[map[load.Mark]int{load.Begin: 0, load.End: 1}[m]] = procs.Look(procs.Tree(p.PID())...)
	}
	r, err := load.Run(context.Background(), c)
	if err != nil {
		return f, err
	}
	f.failed = r.Failed
	f.micros = float64(at[1].Sub(at[0]).CPU.Microseconds()) / float64(r.Ended)
	list, err := p.Loops()
	if received, handed := list.Sum(); err == nil {
		f.share = float64(handed) / float64(received)
	}
	return f, err
}
