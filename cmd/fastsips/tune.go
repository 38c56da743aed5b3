package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/tune"
)

const tuneUsage = `Usage: fastsips tune [-d DURATION] [-f FILE] [-check] [-json] [-force]

Measures this machine, on loopback, for a minute: record-routed calls through a fastsips
with 1 to twice as many event loops as there are CPUs, each in turn. Prints how many
loops, what buffers and what limits suit it, with the reasons, to be pasted into the
script, the unit and sysctl.

 -d DURATION  how long to measure: 60s
 -f FILE      measure with this script, whose sockets get ports of 127.0.0.1; one file
              without includes. It must leave the Request-URI's address alone, and its
              databases must be there
 -check       then measure every number of loops five times more, for as long again, and
              compare: the exit status is 1 if the choice is more than 15 % below the best
 -json        print all figures as JSON
 -force       measure although the machine is busy

The calls are made by other processes on the same CPUs. To leave some to other programs:
taskset -c 0-3 fastsips tune
`

type tuneOptions struct {
	length             time.Duration
	file               string
	check, json, force bool
}

func runTune(args []string, t terminal) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o tuneOptions
	f := t.flags("tune", tuneUsage)
	f.DurationVar(&o.length, "d", time.Minute, "")
	f.StringVar(&o.file, "f", "", "")
	f.BoolVar(&o.check, "check", false, "")
	f.BoolVar(&o.json, "json", false, "")
	f.BoolVar(&o.force, "force", false, "")
	generate := f.Bool("generate", false, "") // our own children: they make the calls
	rest, status, ok := parseArgs(f, args)
	switch {
	case !ok:
		return status
	case len(rest) > 0:
		fmt.Fprint(t.stderr, tuneUsage)
		return exitUsage
	case *generate:
		if err := tune.Generate(ctx, t.stdin, t.stdout); err != nil {
			return t.fail(err)
		}
		return exitOK
	}
	return o.run(ctx, t)
}

// watched is how long the machine is looked at before anything is started.
const watched = time.Second

func (o *tuneOptions) run(ctx context.Context, t terminal) int {
	m, err := tune.LookAt(watched)
	if err != nil {
		return t.fail(err)
	}
	fmt.Fprintf(t.stderr, "%d CPUs (%s), %d MiB of memory, Linux %s\n", m.Count, m.CPUs, m.Memory>>20, m.Kernel)
	if why := m.Busy(); why != "" {
		fmt.Fprintf(t.stderr, "This machine is busy: %s. What is measured now would be worth little.\n", why)
		if !o.force {
			fmt.Fprintln(t.stderr, "Come back when it is quiet, or say -force.")
			return exitFailed
		}
	}
	self, err := os.Executable()
	if err != nil {
		return t.fail(err)
	}
	plan, err := tune.PlanFor(int(math.Ceil(m.Cores())), o.length)
	if err != nil {
		return t.fail(err)
	}
	mo := tune.Options{Plan: plan, Binary: self, Generator: []string{"tune", "-generate"}, Script: tune.Script}
	if o.file != "" {
		text, err := os.ReadFile(o.file)
		if err != nil {
			return t.fail(err)
		}
		mo.Script = tune.OnLoopback(string(text))
	}
	r, err := o.measure(ctx, m, mo, t)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		return t.fail(err)
	}
	return o.print(r, t)
}

// measure makes the runs, and those of the check.
func (o *tuneOptions) measure(ctx context.Context, m tune.Machine, mo tune.Options, t terminal) (r tune.Report, err error) {
	fmt.Fprintf(t.stderr, "Measuring %d loops, %d times each, %v a run; %d more to make the calls.\n", mo.Plan.Counts, mo.Plan.Rounds, mo.Plan.Each.Round(time.Millisecond), mo.Plan.Generators)
	n, total := 0, mo.Plan.Rounds*len(mo.Plan.Counts)
	mo.Done = func(run tune.Run) {
		n++
		fmt.Fprintf(t.stderr, "%3d/%d  loops=%d  %.0f calls/s, %.1f µs each\n", n, total, run.Loops, run.Rate, run.Proxy)
	}
	if r.Runs, err = tune.Measure(ctx, mo); err != nil {
		return r, err
	}
	r.Machine, r.Points, r.Advice = m, tune.Points(r.Runs, m.Cores()), tune.Advise(m, r.Runs)
	if !o.check {
		return r, nil
	}
	fmt.Fprintf(t.stderr, "The choice is %d. Measuring again, to check it.\n", r.Advice.Loops)
	n, mo.Plan = 0, mo.Plan.Again(5, o.length)
	total = mo.Plan.Rounds * len(mo.Plan.Counts)
	again, err := tune.Measure(ctx, mo)
	if err == nil {
		c := tune.Verify(r.Advice.Loops, again, m.Cores())
		r.Check = &c
	}
	return r, err
}

func (o *tuneOptions) print(r tune.Report, t terminal) int {
	if o.json {
		e := json.NewEncoder(t.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(r); err != nil {
			return t.fail(err)
		}
	} else {
		r.Write(t.stdout)
		if r.Check != nil {
			r.Check.Write(t.stdout)
		}
	}
	if r.Check != nil && !r.Check.OK() {
		return exitFailed
	}
	return exitOK
}
