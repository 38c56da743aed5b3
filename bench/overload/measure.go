package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/netip"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A bench measures one product.
type bench struct {
	settings
	product string
	dir     string
	started int
}

// A series is what it came to.
type series struct {
	product  string
	cost     float64 // CPU µs of a plain call
	heavy    float64 // of a call with the computation
	turns    int
	capacity float64 // calls a second in a closed loop
	points   []*point
}

// A point is one load.
type point struct {
	load    float64 // in capacities
	offered float64 // calls a second
	goodput float64 // that completed, a second
	refused float64 // with 503, a second
	drops   int     // datagrams lost at the proxy's port
	cores   float64 // that the proxy used
	load.Result
}

// peak is the highest goodput.
func (s *series) peak() float64 {
	best := s.capacity
	for _, p := range s.points {
		best = max(best, p.goodput)
	}
	return best
}

func (b *bench) measure(ctx context.Context, w io.Writer) (*series, error) {
	s := &series{product: b.product}
	if err := b.calibrate(ctx, s); err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "%s: a plain call costs %.1f µs; with %d turns %.1f µs, %.2f times as much; capacity %.0f calls/s\n",
		s.product, s.cost, s.turns, s.heavy, s.heavy/s.cost, s.capacity)
	tw := tabwriter.NewWriter(w, 8, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "load\toffered/s\tgoodput/s\tof peak\trefused/s\tRetry-After\tfailed\trepeated\tlost at port\tp50 ms\tp99 ms\tworst s\tcores\tlate s\t")
	for _, load := range b.loads {
		p, err := b.offer(ctx, s, load)
		if err != nil {
			return nil, err
		}
		s.points = append(s.points, p)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	for _, p := range s.points {
		fmt.Fprintf(tw, "%.1f\t%.0f\t%.0f\t%.0f %%\t%.0f\t%s\t%d\t%d\t%d\t%.1f\t%.1f\t%.2f\t%.2f\t%.3f\t\n", p.load, p.offered, p.goodput, 100*p.goodput/s.peak(), p.refused,
			told(p.Result), p.Failed, p.Repeated, p.drops, p.Setup.P50*1e3, p.Setup.P99*1e3, p.Setup.Max, p.cores, p.Behind)
	}
	return s, tw.Flush()
}

// told is the share of the refusals that say when to come again.
func told(r load.Result) string {
	if r.Statuses[503] == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*float64(r.RetryAfter)/float64(r.Statuses[503]))
}

// rounds is how often the number of turns is corrected: the machine's speed changes.
const rounds = 5

// calibrate finds how many turns make a call cost so many plain ones, within a tenth, and
// the capacity then. Plain calls are measured again each time, right before.
func (b *bench) calibrate(ctx context.Context, s *series) error {
	s.turns = 100
	for range rounds {
		_, plain, err := b.closed(ctx, 0)
		if err != nil {
			return err
		}
		r, heavy, err := b.closed(ctx, s.turns)
		if err != nil {
			return err
		}
		s.cost, s.heavy, s.capacity = plain, heavy, r.Rate
		if off := heavy / plain / b.times; 0.9 < off && off < 1.1 {
			return nil
		}
		s.turns = int(math.Round((b.times - 1) * plain / max(heavy-plain, plain/100) * float64(s.turns)))
	}
	return fmt.Errorf("a call costs %.2f plain ones, not %.2f, after %d rounds: the machine's speed changes", s.heavy/s.cost, b.times, rounds)
}

// closed finds the capacity, with 50 calls in flight, and the CPU for each call in µs.
func (b *bench) closed(ctx context.Context, turns int) (load.Result, float64, error) {
	r, cpu, _, err := b.run(ctx, turns, load.Config{InFlight: 50, Ramp: 200 * time.Millisecond, Warm: time.Second, Measure: 3 * time.Second})
	if err == nil && (r.Completed == 0 || r.Bad() > 0.01) {
		err = fmt.Errorf("a closed loop does not work: %d of %d calls failed, %d refused", r.Failed, r.Started, r.Refused)
	}
	return r, cpu.Seconds() * 1e6 / float64(max(r.Ended, 1)), err
}

// offer puts a multiple of the capacity on a fresh proxy.
func (b *bench) offer(ctx context.Context, s *series, times float64) (*point, error) {
	p := &point{load: times, offered: times * s.capacity}
	r, cpu, drops, err := b.run(ctx, s.turns, load.Config{Rate: p.offered, Warm: b.warm, Measure: b.lasts, Drain: 10 * time.Second})
	p.Result, p.drops = r, drops
	p.goodput, p.cores = r.Rate, cpu.Seconds()/max(r.Seconds, 1)
	p.refused = float64(r.Refused) / max(r.Seconds, 1)
	return p, err
}

func (b *bench) run(ctx context.Context, turns int, cfg load.Config) (r load.Result, cpu time.Duration, drops int, err error) {
	x, err := b.start(turns)
	if err != nil {
		return r, 0, 0, err
	}
	defer x.Stop()
	cfg.Proxy = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(x.Port))
	tree := x.PIDs()
	var marks []procs.Usage
	cfg.Mark = func(load.Mark) { marks = append(marks, procs.Look(tree...)) }
	if r, err = load.Run(ctx, cfg); err == nil && len(marks) == 2 {
		cpu = marks[1].Sub(marks[0]).CPU
	}
	drops, _ = sipprun.UDPDrops(x.Port) // gone: none
	return r, cpu, drops, err
}
