package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A row is a figure as the table has it.
type row struct {
	op        string
	delay     time.Duration
	product   product
	variant   variant
	loops     int
	workers   string  // kamailio's processes, "1+64": that take messages, and tasks
	inFlight  int     // 0: at a fixed rate
	rate      float64 // calls per second
	bad       float64 // share of calls that failed or needed a repetition
	cpu       float64 // µs of the proxy for each call
	cores     float64 // that the proxy used
	other     float64 // that all others used
	switches  float64 // context switches for each call
	threads   int
	p50, p99  time.Duration // from INVITE to 200
	generator float64       // µs of the generator for each call
	serving   float64       // µs of server and relay for each call
	steal     float64
	note      string
}

func (f figure) row() row {
	r := row{op: f.op.name, delay: f.delay, product: f.product, variant: f.variant, loops: f.loops, inFlight: f.inFlight,
		rate: f.load.Rate, bad: f.load.Bad(), cpu: f.cost.CPU, cores: f.cost.Cores, other: f.cost.Other, switches: f.cost.Switches,
		threads: f.cost.Threads, serving: f.cost.Serving, steal: f.cost.Steal, generator: f.cost.Generator, p50: seconds(f.load.Setup.P50), p99: seconds(f.load.Setup.P99)}
	if f.product == kamailio {
		r.workers = strconv.Itoa(f.workers)
		if f.variant == async {
			r.workers += "+" + strconv.Itoa(f.tasks)
		}
	}
	if f.rate > 0 {
		r.inFlight = 0
	}
	switch {
	case f.err != nil:
		r.note = strings.NewReplacer("\t", " ", "\n", " / ").Replace(f.err.Error())
	case !f.held():
		r.note = fmt.Sprintf("not held: %d of %d failed, %d repeated, %v", f.load.Failed, f.load.Started, f.load.Repeated, f.load.Statuses)
	}
	return r
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Microsecond)
}

const header = "op\tdelay_ms\tproduct\tvariant\tloops\tworkers\tin_flight\tcalls_per_s\tbad_share\tcpu_us_per_call\tproxy_cores\tother_cores\t" +
	"switches_per_call\tthreads\tsetup_p50_ms\tsetup_p99_ms\tgenerator_us_per_call\tserver_us_per_call\tsteal_cores\tnote"

func (r row) line() string {
	return fmt.Sprintf("%s\t%d\t%s\t%s\t%d\t%s\t%d\t%.1f\t%.5f\t%.1f\t%.3f\t%.3f\t%.4f\t%d\t%.2f\t%.2f\t%.1f\t%.1f\t%.3f\t%s", r.op, r.delay.Milliseconds(), r.product, r.variant,
		r.loops, cmp.Or(r.workers, "-"), r.inFlight, r.rate, r.bad, r.cpu, r.cores, r.other, r.switches, r.threads, ms(r.p50), ms(r.p99), r.generator, r.serving, r.steal, cmp.Or(r.note, "-"))
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// say is the row for who watches.
func (r row) say() string {
	text := fmt.Sprintf("%-8s %4d ms  %-8s %-8s loops %d  in flight %5d  %7.0f/s  bad %.4f  cpu %6.1f µs  cores %.2f + %.2f  generator %4.0f, servers %4.0f µs  switches %7.3f  threads %3d  p50 %7.1f  p99 %7.1f ms",
		r.op, r.delay.Milliseconds(), r.product, r.variant, r.loops, r.inFlight, r.rate, r.bad, r.cpu, r.cores, r.other, r.generator, r.serving, r.switches, r.threads, ms(r.p50), ms(r.p99))
	if r.note != "" {
		text += "  " + r.note
	}
	return text
}

func (r row) held() bool { return r.bad < 0.001 && r.rate > 0 }

// readTable reads what line wrote.
func readTable(name string) (rows []row, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if n == 1 || lines.Text() == "" {
			continue
		}
		r, err := parseRow(strings.Split(lines.Text(), "\t"))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

func parseRow(f []string) (r row, err error) {
	if want := strings.Count(header, "\t") + 1; len(f) != want {
		return r, fmt.Errorf("%d columns, want %d", len(f), want)
	}
	number := func(i int) float64 {
		x, e := strconv.ParseFloat(f[i], 64)
		err = cmp.Or(err, e)
		return x
	}
	milli := func(i int) time.Duration { return seconds(number(i) / 1000) }
	r = row{op: f[0], delay: milli(1), product: product(f[2]), variant: variant(f[3]), loops: int(number(4)), workers: f[5],
		inFlight: int(number(6)), rate: number(7), bad: number(8), cpu: number(9), cores: number(10), other: number(11),
		switches: number(12), threads: int(number(13)), p50: milli(14), p99: milli(15), generator: number(16), serving: number(17), steal: number(18), note: f[19]}
	if r.workers == "-" {
		r.workers = ""
	}
	if r.note == "-" {
		r.note = ""
	}
	return r, err
}
