package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
)

func at(op string, d time.Duration, p product, v variant, rate, switches float64) row {
	return row{op: op, delay: d, product: p, variant: v, loops: 1, inFlight: 10, rate: rate, cpu: 100, switches: switches}
}

func TestGoals(t *testing.T) {
	const ms = time.Millisecond
	rows := []row{
		at("rest", 0, fastsips, async, 1000, 0.1), at("rest", 0, kamailio, async, 500, 1),
		at("rest", 100*ms, fastsips, async, 850, 0.1), at("rest", 100*ms, kamailio, async, 500, 2),
		at("redis", 0, fastsips, async, 1000, 0.1), at("redis", 0, kamailio, async, 500, 0.9),
		at("redis", 100*ms, fastsips, async, 849, 0.001), at("redis", 100*ms, kamailio, async, 10, 1),
	}
	want := []string{"pass: rest", "FAIL: redis", "pass: rest", "FAIL: redis"}
	check := func(rows []row) {
		t.Helper()
		got := verdicts(rows)
		if len(got) != len(want) {
			t.Fatalf("%v, want %q", got, want)
		}
		for i := range want {
			if !strings.HasPrefix(got[i].String(), want[i]) {
				t.Errorf("%v, want %q", got[i], want[i])
			}
		}
	}
	check(rows)
	if err := judge(rows, new(strings.Builder)); err == nil {
		t.Error("a missed goal goes unnoticed")
	}
	// A rate that was not held is no rate.
	rows[2].bad = 0.001
	want[0] = "FAIL: rest"
	check(rows)
	// Of three measurements the one in the middle counts, and of those that were not held none.
	good := rows[2]
	good.bad = 0
	want[0] = "pass: rest"
	check(append(rows, good, good))
}

func TestTableIsReadAgain(t *testing.T) {
	rows := []row{
		{op: "postgres", delay: time.Second, product: kamailio, variant: async, loops: 2, workers: "2+64", inFlight: 80, rate: 64.5, bad: 0.00125,
			cpu: 812.5, cores: 0.125, other: 1.5, switches: 3.25, threads: 70, p50: 1001250 * time.Microsecond, p99: 2 * time.Second, generator: 45.5, serving: 170, steal: 0.5, note: "not held"},
		at("rest", time.Millisecond, fastsips, plain, 1000, 0.5),
	}
	name := filepath.Join(t.TempDir(), "t.tsv")
	if err := os.WriteFile(name, []byte(header+"\n"+rows[0].line()+"\n"+rows[1].line()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readTable(name)
	if err != nil || !reflect.DeepEqual(got, rows) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, rows)
	}
	if err := os.WriteFile(name, []byte(header+"\nrest\t1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readTable(name); err == nil || !strings.Contains(err.Error(), "t.tsv:2: 2 columns") {
		t.Errorf("a short line: %v", err)
	}
}

// The page has each measurement, and the chart can be drawn.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	rows := []row{at("rest", 0, fastsips, async, 1000, 0.1), at("rest", 100*time.Millisecond, fastsips, async, 4321, 0.1)}
	rows[1].bad = 0.5
	if err := publish(rows, dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "latency.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| 0 ms | fastsips, async | 10 | 1000 |", "| 100 ms | fastsips, async | 10 | **not held**: 4321 |", "- FAIL: rest, 1 loops"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is missing in\n%s", want, b)
		}
	}
	if got, err := readTable(filepath.Join(dir, "latency.tsv")); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	if fi, err := os.Stat(filepath.Join(dir, "latency.png")); err != nil || fi.Size() < 1000 {
		t.Errorf("%v, %v", fi, err)
	}
}

// The products are measured in turn, and every script has all its words filled in.
func TestPlan(t *testing.T) {
	list := plan(settings{loops: []int{1, 2}, delays: delays, reps: 2})
	b := &benchproxy.Backend{Addr: "127.0.0.1:9", URL: "postgres://x@127.0.0.1:9/y"}
	for i, p := range list {
		if want := []product{fastsips, kamailio}[i%2]; p.product != want {
			t.Fatalf("point %d is %v, want one of %v", i, p, want)
		}
		text := script(p, 5060, b)
		for _, line := range strings.Split(text, "\n") {
			if open := strings.IndexByte(line, '['); open >= 0 && !strings.HasPrefix(line, "route[") {
				t.Errorf("%v: left over: %s", p, line)
			}
		}
	}
	if n := len(plan(settings{loops: []int{1}, ops: []string{"rest"}, delays: delays[:1], reps: 1})); n != 4 {
		t.Errorf("%d points, want async and plain of two products", n)
	}
}

// N calls in flight that each wait w cannot pass N/w: there are enough for what the proxy
// held with a shorter wait, as far as files allow.
func TestEnoughInFlight(t *testing.T) {
	b := session{settings: settings{files: 20_000}, best: map[series]float64{}}
	long := pair(&operations[0], time.Second, 1, async)[0]
	at := func(p point) int { b.aim(&p); return p.inFlight }
	if n := at(long); n != baseInFlight+perSecond {
		t.Errorf("%d in flight when nothing is known", n)
	}
	f := figure{point: pair(&operations[0], 0, 1, async)[0]}
	f.load.Started, f.load.Ended, f.load.Rate = 4000, 4000, 4000
	b.learn(f)
	if n := at(long); n != baseInFlight+5000 {
		t.Errorf("%d in flight after 4000/s", n)
	}
	f.load.Rate, f.load.Failed = 9000, 400
	b.learn(f) // was not held
	if n := at(long); n != baseInFlight+5000 {
		t.Errorf("%d in flight after 4000/s", n)
	}
	if n := at(pair(&operations[1], time.Second, 1, async)[0]); n != 9750 {
		t.Errorf("%d in flight for rest, with 20,000 files", n)
	}
	theirs := pair(&operations[0], time.Second, 1, async)[1]
	b.best[theirs.series()] = 2000
	if n := at(theirs); n != taskWorkers*5/4 {
		t.Errorf("%d in flight for %d processes", n, taskWorkers)
	}
}
