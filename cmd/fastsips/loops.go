package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"github.com/fastsips/fastsips/internal/cpus"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
)

// A loopPlan is how many event loops there will be, and why.
type loopPlan struct {
	loops  int
	why    string
	usable cpus.Usable
	procs  int // GOMAXPROCS before we change it: of the environment, or Go's choice
}

// planLoops binds the process to the processors that it is told to use, and decides on
// the number of loops: the command line's, the script's, one for each processor.
func planLoops(o options, loaded *module.Loaded) (loopPlan, error) {
	loops, workers, affinity := all.Loops(loaded)
	by := "cpu_affinity"
	if o.pin != nil {
		by, affinity = "--pin", o.pin
	}
	p, err := onCPUs(affinity)
	if err != nil {
		return p, fmt.Errorf("%s %s: %w", by, cpus.FormatList(affinity), err)
	}
	p.choose(o.loops, loops, workers)
	return p, nil
}

// onCPUs binds the process, unless to none, and looks at what it may use then. It may be
// more than what it was started on, which is what Go knows of.
func onCPUs(affinity []int) (p loopPlan, err error) {
	if affinity != nil {
		if err := cpus.Bind(affinity); err != nil {
			return p, err
		}
		if os.Getenv("GOMAXPROCS") == "" {
			runtime.SetDefaultGOMAXPROCS()
		}
	}
	return loopPlan{usable: cpus.Look(), procs: runtime.GOMAXPROCS(0)}, nil
}

// choose decides between what was asked for by -n, loops and udp_workers; 0 is nothing.
//
// Who sets udp_workers for OpenSIPS sets how many messages may wait for a database at a
// time, for each socket. Nothing waits here, so more loops than processors only cost.
func (p *loopPlan) choose(flag, loops, workers int) {
	most := min(p.usable.Loops(), p.procs)
	switch {
	case flag > 0:
		p.loops, p.why = flag, "-n"
	case loops > 0:
		p.loops, p.why = loops, "loops="
	case workers > most:
		p.loops, p.why = most, fmt.Sprintf("udp_workers=%d, at most one for each CPU; loops=%d would have so many", workers, workers)
	case workers > 0:
		p.loops, p.why = workers, "udp_workers="
	default:
		p.loops, p.why = most, "one for each CPU"
	}
}

// log says what was decided, and what to think of.
func (p *loopPlan) log(log *slog.Logger) {
	u := &p.usable
	attrs := []any{"loops", p.loops, "because", p.why, "cpus", cpus.FormatList(u.IDs), "gomaxprocs", runtime.GOMAXPROCS(0)}
	if u.Quota > 0 {
		attrs = append(attrs, "quota", u.Quota, "of", u.By)
	}
	log.Info("event loops", attrs...)
	if most := u.Loops(); p.loops > most {
		log.Warn("there are more loops than CPUs for them: they take turns", "loops", p.loops, "cpus", most)
	}
	if len(u.Nodes) > 1 {
		attrs = []any{"hint", "bind a process to each: --pin, cpu_affinity or NUMAPolicy= of systemd; see docs/tuning.md"}
		for _, n := range u.Nodes {
			attrs = append(attrs, n.Name, cpus.FormatList(n.IDs))
		}
		log.Warn("the CPUs belong to several memory nodes, and each loop will use memory of all", attrs...)
	}
}
