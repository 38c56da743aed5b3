// Command latency makes the latency chart: how many calls per second a proxy holds,
// and at what cost, when its script waits for something before t_relay.
//
//	go run ./bench/latency
//
// For each operation (PostgreSQL, REST, Redis, usleep, exec) and each wait of 0, 1, 10,
// 100, 1000 ms it measures fastsips and, in turn with it, Kamailio; ../README.md says how
// to read what comes out. It writes the figures as a table of tab-separated values,
// from which -render makes chart and page again.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/sipprun"
)

type settings struct {
	loops         []int
	ops           []string // nil: all
	delays        []time.Duration
	blocking      []time.Duration // waits with which the blocking variants are measured; nil: all
	reps, retries int
	warm, measure time.Duration
	binary        string
	kamailio      string
	only          string   // product; empty: both
	env           []string // of fastsips
	tsv, docs     string   // where the figures go; a folder
	keep          string
	files         int // file descriptors that a process may have
}

func (s settings) wants(op string) bool { return s.ops == nil || slices.Contains(s.ops, op) }

func (s settings) blockingAt(d time.Duration) bool {
	return s.blocking == nil || slices.Contains(s.blocking, d)
}

// cpus says which processors the proxy and all others get: one each as long as one is
// enough for the proxy.
func (s settings) cpus(loops int) (proxy, others []int) {
	if loops == 1 {
		return []int{0}, []int{1}
	}
	return []int{0, 1}, []int{0, 1}
}

func main() {
	if done, err := benchproxy.Help(os.Args[1:]); done {
		if err != nil {
			fmt.Fprintln(os.Stderr, "latency:", err)
			os.Exit(1)
		}
		return
	}
	s, render, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(2)
	}
	var figures []row
	if render != "" {
		figures, err = readTable(render)
	} else {
		figures, err = run(s)
	}
	if err == nil && s.docs != "" {
		err = publish(figures, s.docs)
	}
	if err == nil {
		err = judge(figures, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func parse(args []string) (s settings, render string, err error) {
	fs := flag.NewFlagSet("latency", flag.ExitOnError)
	quick := fs.Bool("quick", false, "three minutes: one loop, waits of 0 and 100 ms")
	loops := fs.String("loops", "1,2", "numbers of event loops")
	ops := fs.String("ops", "", "operations, commas between: postgres,rest,redis,usleep,exec (default: all)")
	waits := fs.String("delays", "", "waits, such as 0s,100ms (default: 0, 1, 10, 100, 1000 ms)")
	fs.IntVar(&s.reps, "reps", 1, "measurements of each point; the table has the median by rate")
	fs.IntVar(&s.retries, "retries", 3, "further attempts, with fewer calls in flight, at a point where calls fail")
	fs.DurationVar(&s.warm, "warm", 2*time.Second, "before each measurement, waits apart")
	fs.DurationVar(&s.measure, "measure", 3*time.Second, "what is measured")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.StringVar(&s.kamailio, "kamailio", "/usr/sbin/kamailio", "Kamailio to run")
	fs.StringVar(&s.only, "only", "", "one product: fastsips or kamailio")
	env := fs.String("env", "", "environment of fastsips, NAME=value, commas between")
	fs.StringVar(&s.tsv, "tsv", "latency.tsv", "file for the figures")
	fs.StringVar(&s.docs, "docs", "", "folder for latency.md, latency.png and latency.tsv")
	fs.StringVar(&s.keep, "keep", "", "folder in which configurations and logs stay")
	fs.StringVar(&render, "render", "", "measure nothing, take the figures of this file")
	fs.Parse(args) // exits on errors
	s.delays = delays
	if *quick {
		*loops, s.warm, s.measure = "1", 1500*time.Millisecond, 2*time.Second
		s.delays, s.blocking = []time.Duration{0, 100 * time.Millisecond}, []time.Duration{100 * time.Millisecond}
	}
	if *waits != "" {
		s.delays, s.blocking = nil, nil
	}
	for text := range strings.SplitSeq(*waits, ",") {
		if text == "" {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return s, "", err
		}
		s.delays = append(s.delays, d)
	}
	for text := range strings.SplitSeq(*loops, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, "", fmt.Errorf("-loops %q: want numbers such as 1,2", *loops)
		}
		s.loops = append(s.loops, n)
	}
	if *ops != "" {
		s.ops = strings.Split(*ops, ",")
	}
	if *env != "" {
		s.env = strings.Split(*env, ",")
	}
	return s, render, nil
}

// run measures all points and writes the table as it goes.
func run(s settings) ([]row, error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	var err error
	if s.files, err = benchproxy.RaiseFileLimit(); err != nil {
		return nil, err
	}
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return nil, err
	}
	keep, end, err := sipprun.Folder(s.keep, "latency")
	if err != nil {
		return nil, err
	}
	defer end()
	s.keep = keep
	out, err := os.Create(s.tsv)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	fmt.Fprintln(out, header)
	bench := session{settings: s, backends: map[string]*benchproxy.Backend{}, skip: map[string]bool{}, best: map[series]float64{}}
	defer bench.close()
	var rows []row
	for i, p := range plan(s) {
		select {
		case <-stop:
			return nil, errors.New("interrupted")
		default:
		}
		f, ok := bench.measure(p, filepath.Join(s.keep, strconv.Itoa(i)))
		if !ok {
			continue
		}
		r := f.row()
		rows = append(rows, r)
		fmt.Fprintln(out, r.line())
		fmt.Println(r.say())
	}
	return rows, nil
}

// A session keeps what is started once.
type session struct {
	settings
	backends map[string]*benchproxy.Backend
	skip     map[string]bool    // operations that this fastsips does not have
	best     map[series]float64 // calls per second that were held
}

func (b *session) close() {
	for _, x := range b.backends {
		if x != nil {
			x.Stop()
		}
	}
}

// measure measures a point; ok is false if it is left out.
func (b *session) measure(p point, dir string) (f figure, ok bool) {
	if b.skip[p.op.name] || b.only != "" && b.only != string(p.product) {
		return f, false
	}
	server, started := b.backends[p.op.name]
	if !started {
		var err error
		if server, err = startBackend(p.op.name); err == nil {
			b.backends[p.op.name] = server
			p := p
			if p.product == kamailio {
				p.variant = async
			}
			p.product = fastsips
			err = supported(b.settings, p, server, b.keep)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "latency: %s is left out: %v\n", p.op.name, err)
			b.skip[p.op.name] = true
			return f, false
		}
	}
	b.aim(&p)
	f = hold(b.settings, p, server, dir)
	b.learn(f)
	return f, true
}

// aim sets how many calls are in flight: enough for what this proxy held with a shorter
// wait, and not many more, which would only stand in a queue.
func (b *session) aim(p *point) {
	if rate := b.best[p.series()]; rate > 0 && p.perSecond > 0 {
		p.perSecond = rate * 5 / 4
	}
	p.inFlight += int(p.perSecond * p.delay.Seconds())
	if p.op.name == "rest" { // HTTP/1.1 has a connection for each request
		p.inFlight = min(p.inFlight, (b.files-spareFiles)/2)
	}
}

func (b *session) learn(f figure) {
	if f.held() {
		b.best[f.series()] = max(b.best[f.series()], f.load.Rate)
	}
}

// startBackend starts the server of an operation, with a relay in front of it; nil if
// it needs none.
func startBackend(op string) (b *benchproxy.Backend, err error) {
	undelayed := 0
	switch op {
	case "postgres":
		b, err = benchproxy.StartPostgres()
		undelayed = 1 // its welcome
	case "rest":
		b, err = benchproxy.StartHTTP()
	case "redis":
		b, err = benchproxy.StartRedis()
	default:
		return nil, nil
	}
	if err == nil {
		err = b.Behind(undelayed)
	}
	return b, err
}
