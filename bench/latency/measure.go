package main

import (
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
)

// A figure is what a point came to.
type figure struct {
	point
	load load.Result
	cost benchproxy.Cost
	err  error
}

// held reports whether the rate was held: fewer than one in a thousand failed.
func (f figure) held() bool { return f.err == nil && f.load.Bad() < 0.001 && f.load.Ended > 0 }

// measure starts the proxy for a point, puts the load through it and stops it.
func measure(s settings, p point, b *benchproxy.Backend, dir string) (f figure) {
	f.point = p
	proxyCPU, otherCPU := s.cpus(p.loops)
	if b != nil {
		procs.Pin(b.PIDs(), otherCPU...)
		if f.err = b.SetDelay(0); f.err != nil {
			return f
		}
	}
	var x *benchproxy.Proxy
	if x, f.err = startProxy(s, p, b, dir, proxyCPU); f.err != nil {
		return f
	}
	defer x.Stop()
	if b != nil {
		if f.err = b.SetDelay(p.delay); f.err != nil {
			return f
		}
	}
	f.err = f.run(s, x, b, otherCPU)
	return f
}

// hold measures a point and, if too many calls fail, measures it again with fewer.
func hold(s settings, p point, b *benchproxy.Backend, dir string) figure {
	for try := 0; ; try++ {
		f := measure(s, p, b, dir)
		if f.err != nil || f.held() || f.rate > 0 || try == s.retries || p.inFlight < 2 {
			return f
		}
		p.inFlight = p.inFlight * 3 / 4
	}
}

// run puts the load through the proxy.
func (f *figure) run(s settings, x *benchproxy.Proxy, b *benchproxy.Backend, cpus []int) (err error) {
	ramp := max(s.warm/2, 4*f.delay) // a pool has to learn that it may pipeline
	cfg := load.Config{
		Proxy: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(x.Port)), InFlight: f.inFlight, Rate: f.rate,
		Ramp: ramp, Warm: ramp + f.delay + s.warm/2, Measure: s.measure, Drain: f.delay + 3*time.Second,
	}
	if f.rate > 0 {
		cfg.InFlight = 0
	}
	var serving func() []int
	if b != nil {
		serving = b.PIDs
	}
	f.load, f.cost, err = benchproxy.Load(x, cfg, serving, cpus...)
	return err
}
