package benchproxy

import (
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A Cost is what a run has cost while it was measured. A call is a request where the
// flow has nothing else.
type Cost struct {
	CPU, User, System float64 // µs of the proxy for each call
	Cores             float64 // that the proxy used
	Switches          float64 // context switches of the proxy for each call
	Threads           int
	Generator         float64 // µs of the generator for each call
	Serving           float64 // µs of the servers for each call
	Other             float64 // processors in use by all but the proxy
	Foreign           float64 // of these, by none of ours
	Steal             float64 // processors that somebody else's machine had
	Drops             int     // datagrams that the kernel dropped at the proxy
}

// snapshot is what is noted at the marks.
type snapshot struct {
	at             time.Time
	proxy, serving procs.Usage
	drops          int
	cores          []procs.Core
}

func look(x *Proxy, serving func() []int) (n snapshot, err error) {
	n.at = time.Now()
	n.proxy = procs.Look(x.PIDs()...)
	if serving != nil {
		n.serving = procs.Look(serving()...)
	}
	n.drops, _ = sipprun.UDPDrops(x.Port) // it may have ended
	n.cores, err = procs.Cores()
	return n, err
}

// Load puts load through a proxy, from a generator on the processors. Serving, unless
// it is nil, tells the processes that serve the proxy.
func Load(x *Proxy, cfg load.Config, serving func() []int, cpus ...int) (load.Result, Cost, error) {
	h, err := StartHelper("help-load", cpus...)
	if err != nil {
		return load.Result{}, Cost{}, err
	}
	defer h.Stop()
	if err := h.Say(cfg); err != nil {
		return load.Result{}, Cost{}, err
	}
	var marks [2]snapshot
	for i := range marks {
		if _, err := h.Hear(); err != nil {
			return load.Result{}, Cost{}, err
		}
		if marks[i], err = look(x, serving); err != nil {
			return load.Result{}, Cost{}, err
		}
		if err := h.Say("on"); err != nil {
			return load.Result{}, Cost{}, err
		}
	}
	var res load.Result
	if err := h.HearInto(&res); err != nil {
		return res, Cost{}, err
	}
	return res, account(marks[0], marks[1], res), nil
}

func account(a, b snapshot, res load.Result) (c Cost) {
	used, took := b.proxy.Sub(a.proxy), b.at.Sub(a.at).Seconds()
	calls := float64(max(res.Ended, 1))
	c.CPU = float64(used.CPU.Nanoseconds()) / 1000 / calls
	if ticks := used.User + used.System; ticks > 0 {
		c.User = c.CPU * float64(used.User) / float64(ticks)
		c.System = c.CPU - c.User
	}
	c.Switches = float64(used.Switches) / calls
	c.Generator = res.CPU * 1e6 / calls
	served := b.serving.Sub(a.serving).CPU
	c.Serving = float64(served.Nanoseconds()) / 1000 / calls
	c.Cores = used.CPU.Seconds() / took
	c.Threads = used.Threads
	c.Drops = b.drops - a.drops
	busy := 0.0
	for i := range b.cores {
		used, stolen := b.cores[i].Since(a.cores[i])
		busy, c.Steal = busy+used, c.Steal+stolen
	}
	c.Other = max(0, busy-c.Cores)
	c.Foreign = max(0, c.Other-(res.CPU+served.Seconds())/took)
	return c
}
