package tune

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// Options say what to measure with.
type Options struct {
	Plan      Plan
	Binary    string   // fastsips
	Generator []string // arguments that make it call Generate
	Script    string
	Done      func(Run) // told of each run
}

// A Run is what a number of loops did, once.
type Run struct {
	Loops      int     `json:"loops"`
	Rate       float64 `json:"rate"`         // calls completed in a second
	Proxy      float64 `json:"proxy_us"`     // CPU of the proxy for each, in µs
	Generator  float64 `json:"generator_us"` // likewise of the generators
	P99        float64 `json:"p99_ms"`       // from an INVITE to its 200
	Bad        float64 `json:"bad"`          // share of calls that failed, were refused for overload or repeated
	OtherCores float64 `json:"other"`        // processors that somebody else kept busy
	StealCores float64 `json:"steal"`        // that the hypervisor took
	Steering   string  `json:"steering,omitempty"`
}

// inFlight is how many calls each generator keeps in flight: enough that no loop waits,
// few enough that none of them waits for long.
const inFlight = 100

// Measure makes all runs of the plan, the numbers of loops in turn in each round, and in
// every other round from the last to the first.
func Measure(ctx context.Context, o Options) (runs []Run, err error) {
	dir, err := os.MkdirTemp("", "fastsips-tune-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for round := range o.Plan.Rounds {
		for i := range o.Plan.Counts {
			if round%2 == 1 {
				i = len(o.Plan.Counts) - 1 - i
			}
			r, err := measure(ctx, &o, dir, o.Plan.Counts[i])
			if ctx.Err() != nil {
				return runs, ctx.Err()
			}
			if err != nil {
				return runs, fmt.Errorf("with %d loops: %w", o.Plan.Counts[i], err)
			}
			runs = append(runs, r)
			o.Done(r)
		}
	}
	return runs, nil
}

// measure is one run.
func measure(ctx context.Context, o *Options, dir string, loops int) (r Run, err error) {
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: o.Binary, Args: []string{"-n", strconv.Itoa(loops)}, Dir: dir, Config: o.Script})
	if err != nil {
		return r, err
	}
	defer func() {
		_ = p.Signal(syscall.SIGTERM) // with that of Stop it does not wait for what lingers
		err = errors.Join(err, p.Stop())
	}()
	addr, err := netip.ParseAddrPort(p.Addr)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*o.Plan.Each+10*time.Second)
	defer cancel()
	var team crowd
	defer func() { team.end() }()
	cfg := load.Config{Proxy: addr, InFlight: inFlight, Warm: o.Plan.warm(), Measure: o.Plan.measure(), Drain: 200 * time.Millisecond, Patience: 2 * time.Second}
	for range o.Plan.Generators {
		g, err := generate(ctx, o.Binary, o.Generator, cfg)
		if err != nil {
			return r, err
		}
		team = append(team, g)
	}
	r, err = team.run(p.PID())
	r.Loops, r.Steering = loops, steering(p.Lines())
	return r, err
}

// A crowd is the generators of a run.
type crowd []generator

func (c crowd) end() {
	for _, g := range c {
		g.Kill()
	}
}

// run takes them through the marks, at which it looks at the proxy.
func (c crowd) run(proxy int) (r Run, err error) {
	before, cores, err := c.mark(load.Begin, proxy)
	if err != nil {
		return r, err
	}
	after, coresAfter, err := c.mark(load.End, proxy)
	if err != nil {
		return r, err
	}
	var calls, started, bad int
	var seconds, generators float64
	for _, g := range c {
		var res load.Result
		if err := g.HearInto(&res); err != nil {
			return r, err
		}
		calls, started, bad = calls+res.Ended, started+res.Started, bad+res.Failed+res.Refused+res.Repeated
		seconds, generators = max(seconds, res.Seconds), generators+res.CPU
		r.P99 = max(r.P99, 1e3*res.Setup.P99)
	}
	if calls == 0 {
		return r, errors.New("no call was completed")
	}
	used := after.Sub(before).CPU.Seconds()
	r.Rate, r.Bad = float64(calls)/seconds, float64(bad)/float64(max(started, 1))
	r.Proxy, r.Generator = 1e6*used/float64(calls), 1e6*generators/float64(calls)
	busy, steal := between(cores, coresAfter)
	r.OtherCores, r.StealCores = max(0, busy-(used+generators)/seconds), steal
	return r, nil
}

// mark waits until all are there, looks, and lets them go on.
func (c crowd) mark(m load.Mark, proxy int) (u procs.Usage, cores []procs.Core, err error) {
	for _, g := range c {
		if err := g.await(m); err != nil {
			return u, cores, err
		}
	}
	u = procs.Look(proxy)
	cores, err = look()
	for _, g := range c {
		err = errors.Join(err, g.Say(""))
	}
	return u, cores, err
}

// steering finds in a proxy's log how the kernel chooses among the loops' sockets.
func steering(log []string) string {
	for _, line := range log {
		if _, rest, ok := strings.Cut(line, "steering by Call-ID by="); ok {
			how, _, _ := strings.Cut(rest, " ")
			return how
		}
	}
	return ""
}
