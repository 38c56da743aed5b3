package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
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
}

// measure measures all points and writes the figures as it goes.
func measure(s settings) (rep report, err error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if _, err := benchproxy.RaiseFileLimit(); err != nil {
		return rep, err
	}
	all, err := contenders(s)
	if err != nil {
		return rep, err
	}
	if s.keep == "" {
		if s.keep, err = os.MkdirTemp("", "fastsips-compare-"); err != nil {
			return rep, err
		}
		defer os.RemoveAll(s.keep)
	}
	if s.keep, err = filepath.Abs(s.keep); err != nil {
		return rep, err
	}
	out, err := os.Create(s.tsv)
	if err != nil {
		return rep, err
	}
	defer out.Close()
	rep.facts = facts(s, all)
	rep.writeHead(out)
	b := session{settings: s, backends: map[string]*benchproxy.Backend{}, refused: map[string]error{}}
	defer b.close()
	for i, p := range plan(s, all) {
		select {
		case <-stop:
			return rep, errors.New("interrupted")
		default:
		}
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
	if p.contender.product == floor {
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
	x, err := start(p, server, dir, proxyCPU, b.env)
	if err != nil {
		return err
	}
	defer x.Stop()
	r.Empty = megabytes(x)
	if p.mode == ceiling {
		return b.search(r, p, x, serving, otherCPU)
	}
	res, cost, err := benchproxy.Load(x, b.load(p, x.Port), serving, otherCPU...)
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

// start starts the contender of a point.
func start(p point, server *benchproxy.Backend, dir string, cpus []int, env []string) (*benchproxy.Proxy, error) {
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
func (b *session) load(p point, port int) load.Config {
	warm := b.warm
	if warm == 0 {
		warm = 2 * time.Second
		if p.flow.lingers {
			warm = p.contender.linger()
		}
	}
	cfg := load.Config{
		Flow: p.flow.load, Proxy: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)),
		InFlight: p.flow.inFlight, Ramp: min(warm, time.Second) / 2, Warm: warm, Measure: b.settings.measure, Drain: 2 * time.Second,
		Busy: b.busy && p.layout == apart && p.flow.backend == "",
	}
	if p.mode != closed {
		cfg.InFlight, cfg.Rate, cfg.Ramp = 0, p.flow.rate, 0
	}
	return cfg
}

func oneLine(s string) string {
	return cmp.Or(strings.Join(strings.Fields(s), " "), "?")
}
