package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/inproc"
	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/rawcalls"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed gc.cfg
var gcScript string

// gcSettings are the flags of the mode gc.
type gcSettings struct {
	parked, loops, rounds int
	procs                 int
	rate, share           float64
	measure               time.Duration
	pin, grow             bool
	how                   string
	profile               string
}

// A way is one manner of collecting.
type way struct {
	name string
	inproc.Command
}

// parseWays reads a list such as "off,100,400,250ms": GOGC's value, or how often to
// force a collection (while GOGC is off).
func parseWays(text string) (list []way, err error) {
	for name := range strings.SplitSeq(text, ",") {
		w := way{name: "GOGC=" + name, Command: inproc.Command{Percent: -1, Every: -1}}
		if d, err := time.ParseDuration(name); err == nil {
			w.name, w.Every = "every "+name, d
		} else if name != "off" {
			if _, err := fmt.Sscan(name, &w.Percent); err != nil {
				return nil, fmt.Errorf("%q is neither a percentage, nor a duration, nor off", name)
			}
		}
		list = append(list, w)
	}
	return list, nil
}

// latencies is the mode gc.
func latencies(ctx context.Context, args []string, w io.Writer) error {
	var s gcSettings
	f := flag.NewFlagSet("memory gc", flag.ExitOnError)
	f.IntVar(&s.parked, "parked", 100_000, "INVITEs that wait")
	f.IntVar(&s.loops, "n", 1, "event loops")
	f.IntVar(&s.procs, "procs", 0, "GOMAXPROCS; 0: as fastsips has it, one more than loops, but while it collects")
	f.IntVar(&s.rounds, "rounds", 2, "how often each way of collecting comes")
	f.Float64Var(&s.rate, "r", 0, "calls per second; 0: -share of what the proxy holds")
	f.Float64Var(&s.share, "share", 0.8, "of the highest rate")
	f.DurationVar(&s.measure, "d", 5*time.Second, "for each")
	f.BoolVar(&s.pin, "pin", true, "with one loop, bind the proxy to processor 0 and the generator to 1")
	f.BoolVar(&s.grow, "grow", false, "a fresh proxy for each, where the INVITEs come while it is measured")
	f.StringVar(&s.how, "ways", "off,100,500ms", "how to collect, commas between: off, GOGC's values, intervals of forced collections")
	f.StringVar(&s.profile, "profile", "", "write a heap profile when all are parked")
	if err := f.Parse(args); err != nil {
		return err
	}
	ways, err := parseWays(s.how)
	if err != nil {
		return err
	}
	return s.run(ctx, ways, w)
}

// A rig is a proxy with INVITEs that wait.
type rig struct {
	*inproc.Child
	crowd  *rawcalls.Crowd
	addr   netip.AddrPort
	opened []net.Conn
	parked int // INVITEs sent
}

// startRig starts a proxy with a script; the generator is this process.
func startRig(script string, loops, maxProcs int, pin bool) (*rig, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	x := &rig{addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))}
	var cpus []int
	if pin && loops == 1 && runtime.NumCPU() > 1 {
		cpus = []int{0}
		procs.Pin([]int{os.Getpid()}, 1)
	}
	debug.SetGCPercent(800) // the generator shares a processor with what is measured, or a cache
	x.Child, err = inproc.Spawn(inproc.Start{Script: strings.ReplaceAll(script, "[proxy]", x.addr.String()), Loops: loops, Procs: maxProcs}, cpus...)
	return x, err
}

func (x *rig) stop() {
	if x.crowd != nil {
		_ = x.crowd.Close()
	}
	for _, c := range x.opened {
		_ = c.Close()
	}
	x.Stop()
}

// maxParked bounds what a rig may be asked for.
const maxParked = 1_000_000

// park lets n INVITEs come and wait.
func (x *rig) park(n int) error { return x.parkAt(n, 12_000) }

// parkAt is park at so many per second.
func (x *rig) parkAt(n, rate int) (err error) {
	if x.crowd == nil {
		if x.crowd, err = rawcalls.NewCrowd(x.addr.String(), maxParked); err != nil {
			return err
		}
	}
	from := x.parked
	x.parked += n
	x.crowd.Invite(from, x.parked, rate)
	for range 20 {
		for range 50 {
			if n := x.crowd.Over(); n > 0 {
				return fmt.Errorf("%d do not wait: %v", n, x.crowd)
			}
			if x.crowd.Trying() == x.parked {
				return nil
			}
			time.Sleep(10 * time.Millisecond)
		}
		x.crowd.Repeat(from, x.parked) // timer A
	}
	return fmt.Errorf("not all wait: %v", x.crowd)
}

func (s *gcSettings) run(ctx context.Context, ways []way, w io.Writer) error {
	if s.grow {
		return s.growing(ctx, ways, w)
	}
	x, err := startRig(gcScript, s.loops, s.procs, s.pin)
	if err != nil {
		return err
	}
	defer x.stop()
	if s.rate == 0 {
		res, err := load.Run(ctx, load.Config{Proxy: x.addr, InFlight: 100, Warm: 500 * time.Millisecond, Measure: 2 * time.Second, Drain: time.Second})
		if err != nil {
			return err
		}
		s.rate = s.share * res.Rate
		fmt.Fprintf(w, "at most %.0f calls/s; %.0f %% of that is %.0f\n", res.Rate, 100*s.share, s.rate)
	}
	empty, err := x.Do(inproc.Command{Collect: true})
	if err != nil {
		return err
	}
	if err := x.park(s.parked); err != nil {
		return err
	}
	full, err := x.Do(inproc.Command{Collect: true, Profile: s.profile})
	if err != nil {
		return err
	}
	again, err := x.Do(inproc.Command{Collect: true})
	if err != nil {
		return err
	}
	n := uint64(max(s.parked, 1))
	fmt.Fprintf(w, "%d INVITEs wait: each takes %d B of the heap, of which a collection scans %d, in %.1f objects; RSS %d MiB; a collection takes %.0f ms of CPU\n",
		s.parked, (full.Heap-empty.Heap)/n, (full.Scan-empty.Scan)/n, float64(full.Objects-empty.Objects)/float64(n), full.RSS>>20,
		1e3*(again.GC-full.GC)/float64(again.Cycles-full.Cycles))
	return s.table(ctx, x, ways, w)
}

// growing measures each way with a proxy of its own that the INVITEs come to meanwhile.
func (s *gcSettings) growing(ctx context.Context, ways []way, w io.Writer) error {
	t := newTable(w)
	for range s.rounds {
		for _, way := range ways {
			x, err := startRig(gcScript, s.loops, s.procs, s.pin)
			if err != nil {
				return err
			}
			l, err := s.one(ctx, x, way, func() error { return x.parkAt(s.parked, int(float64(s.parked)/s.measure.Seconds())) })
			x.stop()
			if err != nil {
				return err
			}
			fmt.Fprintln(t, l)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return t.Flush()
}

func newTable(w io.Writer) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 8, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "collections\tcalls/s\tp50\tp99\tp99.9\tmax\tbad\tcycles\tgc CPU\tpause\tlag p99.9\tcpu/call\theap\tscan\tRSS\t")
	return t
}

func (s *gcSettings) table(ctx context.Context, x *rig, ways []way, w io.Writer) error {
	t := newTable(w)
	for range s.rounds {
		for _, way := range ways {
			r, err := s.one(ctx, x, way, func() error { return nil })
			if err != nil {
				return err
			}
			fmt.Fprintln(t, r)
		}
	}
	return t.Flush()
}

// A line is what a way of collecting came to.
type line struct {
	way way
	load.Result
	sample inproc.Sample
	cpu    time.Duration
}

func (l line) String() string {
	ms := func(s float64) string { return fmt.Sprintf("%.2f ms", 1e3*s) }
	return fmt.Sprintf("%s\t%.0f\t%s\t%s\t%s\t%s\t%.4f\t%d\t%.1f %%\t%s\t%s\t%.1f µs\t%d MiB\t%d MiB\t%d MiB\t", l.way.name, l.Rate, ms(l.Setup.P50), ms(l.Setup.P99),
		ms(l.Setup.P999), ms(l.Setup.Max), l.Bad(), l.sample.Cycles, 100*l.sample.GC/l.Seconds, ms(l.sample.LongestPause()),
		ms(float64(l.sample.Lag.Quantile(0.999))/1e9), float64(l.cpu.Microseconds())/float64(max(l.Ended, 1)), l.sample.Heap>>20, l.sample.Scan>>20, l.sample.RSS>>20)
}

// one measures one way.
func (s *gcSettings) one(ctx context.Context, x *rig, way way, meanwhile func() error) (l line, err error) {
	l.way = way
	if _, err := x.Do(way.Command); err != nil {
		return l, err
	}
	var marks [2]inproc.Sample
	var used [2]procs.Usage
	n := 0
	done := make(chan error, 1)
	cfg := load.Config{Proxy: x.addr, Rate: s.rate, Warm: 700 * time.Millisecond, Measure: s.measure, Drain: time.Second}
	cfg.Mark = func(load.Mark) {
		var e error
		if marks[n], e = x.Do(inproc.Command{}); e != nil {
			err = e
		}
		used[n] = procs.Look(x.PID())
		if n++; n == 1 {
			go func() { done <- meanwhile() }()
		}
	}
	res, e := load.Run(ctx, cfg)
	err = errors.Join(err, e)
	if n > 0 {
		err = errors.Join(err, <-done)
	}
	l.Result, l.sample, l.cpu = res, marks[1].Since(marks[0]), used[1].Sub(used[0]).CPU
	return l, err
}
