package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A session is what measurements have in common.
type session struct {
	settings
	backends map[string]*benchproxy.Backend
	refused  map[string]error // by flow and contender: why it is not measured
	end      func()           // of the folder for files

	mu      sync.Mutex // of running, which an interruption ends
	running *benchproxy.Proxy
}

// measure measures all points and writes the figures as it goes.
func measure(s settings) (rep report, err error) {
	if _, err := benchproxy.RaiseFileLimit(); err != nil {
		return rep, err
	}
	all, err := contenders(s)
	if err != nil {
		return rep, err
	}
	keep, end, err := sipprun.Folder(s.keep, "compare")
	if err != nil {
		return rep, err
	}
	defer end()
	s.keep = keep
	out, err := os.Create(s.tsv)
	if err != nil {
		return rep, err
	}
	defer out.Close()
	rep.facts = facts(s, all)
	rep.writeHead(out)
	b := session{settings: s, end: end, backends: map[string]*benchproxy.Backend{}, refused: map[string]error{}}
	defer b.close()
	go b.interrupt()
	for i, p := range plan(s, all) {
		r, new := b.measure(p, filepath.Join(s.keep, strconv.Itoa(i)))
		if !new {
			continue
		}
		rep.rows = append(rep.rows, r)
		fmt.Fprintln(out, r.line())
		fmt.Println(r.say())
	}
	return rep, nil
}

// interrupt waits for a signal and leaves nothing behind.
func (b *session) interrupt() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	b.mu.Lock() // for good: nothing more is started
	if b.running != nil {
		b.running.Stop()
	}
	b.close()
	b.end()
	fmt.Fprintln(os.Stderr, "compare: interrupted")
	os.Exit(1)
}

// runs notes what runs; nil: nothing does.
func (b *session) runs(x *benchproxy.Proxy) {
	b.mu.Lock()
	b.running = x
	b.mu.Unlock()
}

func (b *session) close() {
	for _, x := range b.backends {
		x.Stop()
	}
}

// measure measures a point; one that was disturbed is measured once more. What the
// product refuses is a row once, the first time; new is false after it.
func (b *session) measure(p point, dir string) (r row, new bool) {
	r = rowOf(p)
	name := p.flow.name + " " + p.contender.name
	if b.refused[name] != nil {
		return r, false
	}
	if err := b.check(p, dir); err != nil {
		b.refused[name] = err
		r.Note = oneLine("not yet: " + err.Error())
		return r, true
	}
	b.try(&r, p, dir)
	if r.disturbed() {
		first := r
		r = rowOf(p)
		b.try(&r, p, dir)
		r.Again = 1
		if r.Foreign+r.Steal > first.Foreign+first.Steal {
			r = first
			r.Again = 1
		}
	}
	return r, true
}

// check asks the product whether it takes the flow's configuration.
func (b *session) check(p point, dir string) error {
	if p.contender.product == floored {
		return nil
	}
	server, err := b.backend(p.flow.backend)
	if err != nil {
		return err
	}
	text, err := config(p.contender, p.flow, 5060, server)
	if err != nil {
		return err
	}
	if err := benchproxy.WriteConfig(dir, text); err != nil {
		return err
	}
	return p.contender.accepts(dir)
}

// backend starts the server that a flow needs, once; nil if it needs none.
func (b *session) backend(name string) (x *benchproxy.Backend, err error) {
	if x := b.backends[name]; x != nil || name == "" {
		return x, nil
	}
	switch name {
	case "postgres":
		x, err = benchproxy.StartPostgres()
	case "rest":
		if x, err = benchproxy.StartHTTP(); err == nil {
			err = x.Behind(0)
		}
		if err == nil {
			err = x.SetDelay(wait)
		}
	}
	if err == nil {
		b.backends[name] = x
	}
	return x, err
}

// try measures a point into r.
func (b *session) try(r *row, p point, dir string) {
	if err := b.put(r, p, dir); err != nil {
		r.Note = oneLine(err.Error())
	}
}

func (b *session) put(r *row, p point, dir string) error {
	server, err := b.backend(p.flow.backend)
	if err != nil {
		return err
	}
	proxyCPU, otherCPU := p.layout.cpus()
	var serving func() []int
	if server != nil {
		procs.Pin(server.PIDs(), otherCPU...)
		serving = server.PIDs
	}
	cfg := b.load(p)
	x, err := start(p, server, dir, &cfg, proxyCPU, b.env)
	if err != nil {
		return err
	}
	b.runs(x)
	defer func() { b.runs(nil); x.Stop() }()
	r.Empty = megabytes(x)
	if p.mode == ceiling {
		return b.search(r, p, cfg, x, serving, otherCPU)
	}
	if p.mode == sipp {
		return b.bySipp(r, p, x, dir, otherCPU)
	}
	res, cost, err := benchproxy.Load(x, cfg, serving, otherCPU...)
	if err != nil {
		return err
	}
	r.take(res, cost)
	r.Memory = megabytes(x)
	if p.contender.product == fastsips {
		r.Handed, err = handedOver(x)
	}
	return err
}

// start starts the contender of a point, and lets the generator know where it is.
func start(p point, server *benchproxy.Backend, dir string, cfg *load.Config, cpus []int, env []string) (x *benchproxy.Proxy, err error) {
	defer func() {
		if err == nil {
			cfg.Proxy = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(x.Port))
		}
	}()
	if p.contender.product == floored {
		return startFloor(p, dir, cfg, cpus)
	}
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	text, err := config(p.contender, p.flow, port, server)
	if err != nil {
		return nil, err
	}
	if err := benchproxy.WriteConfig(dir, text); err != nil {
		return nil, err
	}
	c := benchproxy.Command{Argv: p.contender.argv(dir, p.loops), Dir: dir, Port: port, CPUs: cpus}
	if p.contender.product == fastsips {
		c.Env = env
	}
	return benchproxy.Start(c)
}

// load is what the generator is told.
func (b *session) load(p point) load.Config {
	warm := b.warm
	if warm == 0 {
		warm = 2 * time.Second
		if p.flow.lingers {
			warm = p.contender.linger()
		}
	}
	cfg := load.Config{
		Flow: p.flow.load, InFlight: p.flow.inFlightIn(p.layout), Ramp: min(warm, time.Second) / 2, Warm: warm, Measure: b.settings.measure, Drain: 2 * time.Second,
		Users: p.flow.users, Fill: p.flow.users, Busy: b.busy && p.layout != shared && p.flow.backend == "",
	}
	if p.mode != closed {
		cfg.InFlight, cfg.Rate, cfg.Ramp = 0, p.flow.rate, 0
	}
	return cfg
}

func oneLine(s string) string {
	return cmp.Or(strings.Join(strings.Fields(s), " "), "?")
}
