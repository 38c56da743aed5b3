package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
)

// A figure is what a point came to.
type figure struct {
	point
	load     load.Result
	cpu      float64 // µs of the proxy for each call
	cores    float64 // that the proxy used
	switches float64 // context switches of the proxy for each call
	threads  int
	other    float64 // use of the generator's, server's and relay's processors together
	serving  float64 // µs of server and relay for each call
	steal    float64 // processors that somebody else had
	err      error
}

// held reports whether the rate was held: fewer than one in a thousand failed.
func (f figure) held() bool { return f.err == nil && f.load.Bad() < 0.001 && f.load.Ended > 0 }

// snapshot is what is noted at the marks.
type snapshot struct {
	at      time.Time
	proxy   procs.Usage
	serving procs.Usage // server and relay
	cores   []procs.Core
}

// measure starts the proxy for a point, puts the load through it and stops it.
func measure(s settings, p point, b *backend, dir string) (f figure) {
	f.point = p
	proxyCPU, otherCPU := s.cpus(p.loops)
	if b != nil {
		procs.Pin(b.pids(), otherCPU...)
		if f.err = b.setDelay(0); f.err != nil {
			return f
		}
	}
	var x *proxy
	if x, f.err = startProxy(s, p, b, dir, proxyCPU); f.err != nil {
		return f
	}
	defer x.stop()
	if b != nil {
		if f.err = b.setDelay(p.delay); f.err != nil {
			return f
		}
	}
	f.err = f.run(s, x, b, otherCPU)
	return f
}

// hold measures a point and, if too many calls fail, measures it again with fewer.
func hold(s settings, p point, b *backend, dir string) figure {
	for try := 0; ; try++ {
		f := measure(s, p, b, dir)
		if f.err != nil || f.held() || f.rate > 0 || try == s.retries || p.inFlight < 2 {
			return f
		}
		p.inFlight = p.inFlight * 3 / 4
	}
}

// run puts the load through the proxy.
func (f *figure) run(s settings, x *proxy, b *backend, cpus []int) error {
	h, err := startHelper("help-load", cpus...)
	if err != nil {
		return err
	}
	defer h.stop()
	ramp := max(s.warm/2, 4*f.delay) // a pool has to learn that it may pipeline
	cfg := load.Config{
		Proxy: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(x.port)), InFlight: f.inFlight, Rate: f.rate,
		Ramp: ramp, Warm: ramp + f.delay + s.warm/2, Measure: s.measure, Drain: f.delay + 3*time.Second,
	}
	if f.rate > 0 {
		cfg.InFlight = 0
	}
	tree := procs.Tree(x.pid())
	look := func() (snapshot, error) {
		n := snapshot{at: time.Now(), proxy: procs.Look(tree...)}
		if b != nil {
			n.serving = procs.Look(b.pids()...)
		}
		n.cores, err = procs.Cores()
		return n, err
	}
	if err := h.say(cfg); err != nil {
		return err
	}
	var marks [2]snapshot
	for i := range marks {
		if _, err := h.hear(); err != nil {
			return err
		}
		if marks[i], err = look(); err != nil {
			return err
		}
		if err := h.say("on"); err != nil {
			return err
		}
	}
	text, err := h.hear()
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &f.load); err != nil {
		return fmt.Errorf("%w: %q", err, text)
	}
	f.account(marks[0], marks[1])
	return nil
}

func (f *figure) account(a, b snapshot) {
	used, took := b.proxy.Sub(a.proxy), b.at.Sub(a.at).Seconds()
	calls := float64(max(f.load.Ended, 1))
	f.cpu = float64(used.CPU.Microseconds()) / calls
	f.switches = float64(used.Switches) / calls
	f.serving = float64(b.serving.Sub(a.serving).CPU.Microseconds()) / calls
	f.cores = used.CPU.Seconds() / took
	f.threads = used.Threads
	busy := 0.0
	f.steal = 0
	for i := range b.cores {
		busy += (b.cores[i].Busy - a.cores[i].Busy).Seconds() / took
		f.steal += (b.cores[i].Steal - a.cores[i].Steal).Seconds() / took
	}
	f.other = max(0, busy-f.cores-f.steal)
}
