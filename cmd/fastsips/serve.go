package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/etc"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// serve checks the configuration and, unless that was all, runs the proxy until
// a signal ends it.
func serve(o options, stderr io.Writer) int {
	if o.workDir != "" {
		if err := os.Chdir(o.workDir); err != nil {
			return fail(stderr, err)
		}
	}
	shared := &proxy.Core{Settings: proxy.DefaultSettings()}
	for _, text := range o.argv {
		shared.Settings.SetOption(text)
	}
	loaded, ok := load(o, shared, stderr)
	switch {
	case !ok:
		return exitBadConfig
	case o.check:
		fmt.Fprintln(stderr, "config file ok, exiting...")
		return exitOK
	}
	for _, f := range o.ignored {
		fmt.Fprintf(stderr, "fastsips: option %s has no meaning here\n", f)
	}
	asked := make(chan os.Signal, 4) // from before anybody can see us until all is closed
	signal.Notify(asked, syscall.SIGUSR1, syscall.SIGHUP)
	defer signal.Stop(asked)
	stops := make(chan os.Signal, 2) // by itself, so that no other takes its room
	signal.Notify(stops, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(stops)
	stopped := make(chan struct{})
	defer close(stopped)
	collector := setCollector()
	huge := useHugePages(stopped)
	plan, err := planLoops(o, loaded)
	if err != nil {
		return fail(stderr, err)
	}
	group, err := loop.New(loop.Config{Loops: plan.loops, LogWriter: all.LogWriter(loaded, os.Stderr)})
	if err != nil {
		return fail(stderr, err)
	}
	setProcs(group.Len())
	plan.log(group.Logger())
	collector.log(group.Logger())
	huge.log(group.Logger())
	defer plan.watchHeap(group)()
	defer group.Stop()
	defer loaded.Close()
	// Who reads our log may go: then its lines are lost, and the calls are not. To be
	// notified is, unlike to ignore, not inherited by what exec() starts.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	p, err := all.Start(shared, group, loaded)
	if err != nil {
		return fail(stderr, err)
	}
	defer p.Close()
	if err := group.Start(); err != nil {
		return fail(stderr, err)
	}
	reloader := &all.Reloader{Proxy: p, Loaded: loaded, Read: func(d *syntax.Diags) (*syntax.Config, error) { return parse(o, d) }}
	shared.Control = proxy.Control{Version: version, Args: os.Args, Started: time.Now(), Reload: reloader.Reload,
		Stop: func() { syscall.Kill(os.Getpid(), syscall.SIGTERM) }}
	if err := loaded.Open(); err != nil {
		return fail(stderr, err)
	}
	if o.pidFile != "" {
		if err := os.WriteFile(o.pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
			return fail(stderr, err)
		}
		defer os.Remove(o.pidFile)
	}
	announce(stderr, o, p)
	untilStopped(p, loaded, reloader, asked, stops)
	return exitOK
}

func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "fastsips: %v\n", err)
	return exitFailed
}

// load reads and checks the configuration, and prints all that is wrong with it.
func load(o options, shared *proxy.Core, stderr io.Writer) (*module.Loaded, bool) {
	var d syntax.Diags
	cfg, err := parse(o, &d)
	if err != nil {
		fmt.Fprintf(stderr, "fastsips: %v\n", err)
		return nil, false
	}
	loaded := examine(cfg, shared, &d)
	d.Render(stderr)
	return loaded, d.Errors() == 0
}

// parse reads the configuration file, or the built-in one, in the manner that the command
// line asks for; mistakes go to d.
func parse(o options, d *syntax.Diags) (*syntax.Config, error) {
	how := all.Options{File: o.config, Preprocessor: o.filter, Strict: o.strict}
	if o.config == "" {
		how.File = etc.DefaultName
		return all.ParseText(how, etc.Default, d), nil
	}
	return all.Parse(how, d)
}

// examine checks a configuration; d gets all that is wrong with it, in order.
func examine(cfg *syntax.Config, shared *proxy.Core, d *syntax.Diags) *module.Loaded {
	loaded := all.Load(cfg, shared, d)
	if loaded.Program != nil {
		module.NeedMainRoute(cfg, loaded.Program, d)
	}
	if d.Errors() > 0 { // notes would bury them
		d.Drop(syntax.Note)
	}
	d.Sort()
	return loaded
}

// announce tells a newcomer what is there and how to try it.
func announce(w io.Writer, o options, p *proxy.Proxy) {
	fmt.Fprintf(w, "fastsips %s, %d loops, pid %d\n", version, p.Group().Len(), os.Getpid())
	for _, ls := range p.Transport().Listeners() {
		fmt.Fprintf(w, "listening on %s\n", ls)
	}
	if o.config == "" {
		fmt.Fprint(w, tryIt)
	}
}

const tryIt = `
Try it from other terminals (go run ./cmd/fastsips options … does as well):
  fastsips options sip:127.0.0.1:5060                  is the proxy alive?
  fastsips answer -local 127.0.0.1:5080 -register sip:bob@127.0.0.1:5060 -P bob-secret
                                                       be bob's phone
  fastsips call -f sip:alice@127.0.0.1:5060 -P alice-secret sip:bob@127.0.0.1:5060
                                                       be alice, and call him
  fastsips db adduser --url sqlite://fastsips.db carol@127.0.0.1 SECRET
                                                       one more account, for a phone of yours

The configuration is etc/fastsips.cfg. Ctrl-C stops.
`

// untilStopped waits for SIGTERM or SIGINT, drains, and returns; SIGUSR1 logs
// the counters, SIGHUP reloads the script.
func untilStopped(p *proxy.Proxy, loaded *module.Loaded, reloader *all.Reloader, asked, stops <-chan os.Signal) {
	for {
		select {
		case s := <-asked:
			if s == syscall.SIGHUP {
				reloader.Reload() // the log says how it went
			} else {
				report(p, loaded)
			}
		case <-stops:
			p.Drain()
			drained(p, stops)
			report(p, loaded)
			return
		}
	}
}

// drained waits until nothing is under way, drain_time has passed or a second
// signal that ends it comes: SIGHUP and SIGUSR1 are none.
func drained(p *proxy.Proxy, again <-chan os.Signal) {
	limit := time.After(p.Settings().DrainTime)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !p.Idle() {
		select {
		case <-again:
			return
		case <-limit:
			return
		case <-tick.C:
		}
	}
}
