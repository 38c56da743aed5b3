package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// result is a closed loop of a contender.
func result(flow string, p product, name string, rate, cpu float64) row {
	return row{Flow: flow, Mode: closed, Name: name, Product: p, Loops: 1, Layout: apart, Rep: 1, Started: 1000, Rate: rate, CPU: cpu, User: cpu / 2, System: cpu / 2}
}

// good has a row for each goal, all of them just held.
func good() []row {
	two, one := result("S3", fastsips, nameFastsips, 9, 115), result("S3", fastsips, nameFastsips, 9, 100)
	two.Layout, two.Loops, one.Layout = shared, 2, shared
	stackedOne, stackedTwo := one, two
	stackedOne.Layout, stackedTwo.Layout = stacked, stacked
	bySipp := result("S3", fastsips, nameFastsips, 9, 100)
	bySipp.Mode = sipp
	return []row{
		result("S1", fastsips, nameFastsips, 9, 65), result("S1", kamailio, nameKamailio, 9, 100),
		result("S2", fastsips, nameFastsips, 9, 65), result("S2", kamailio, nameKamailio, 9, 100),
		result("S3", fastsips, nameFastsips, 220, 45), result("S3", kamailio, nameKamailio, 100, 100), result("S3", floored, nameFloor, 9, 29),
		result("S6sleep", fastsips, nameFastsips, 23625, 30), result("S6sleep", kamailio, nameKamailio, 5250, 100),
		result("S6postgres", fastsips, nameFastsips, 9, 100), result("S6postgres", kamailio, nameKamailio, 9, 379),
		one, two, bySipp, stackedOne, stackedTwo,
		result("S4", fastsips, nameFastsips, 9, 60), result("S4", kamailio, nameKamailio, 9, 100),
		result("S4million", fastsips, nameFastsips, 9, 60), result("S4million", kamailio, nameKamailio, 9, 100),
	}
}

// Each goal is held by figures just within it and missed by ones just beyond.
func TestGoals(t *testing.T) {
	for _, v := range verdicts(good()) {
		if v.outcome != held {
			t.Errorf("%v", v)
		}
	}
	if err := judge(good(), new(strings.Builder)); err != nil {
		t.Error(err)
	}
	set := func(i int, f func(*row)) []row {
		rows := good()
		f(&rows[i])
		return rows
	}
	for what, rows := range map[string][]row{
		"S1: CPU":                                            set(0, func(r *row) { r.CPU = 65.1 }),
		"S2: CPU":                                            set(2, func(r *row) { r.CPU = 65.1 }),
		"S3: CPU per call, at most 0.45":                     set(4, func(r *row) { r.CPU = 45.1 }),
		"S3: CPU per call, at most 1.6":                      set(6, func(r *row) { r.CPU = 28 }),
		"S3: highest rate":                                   set(4, func(r *row) { r.Rate = 219 }),
		"S6sleep: highest rate, at least 4.5":                set(7, func(r *row) { r.Rate = 11000 }), // OpenSIPS would have 2500 here
		"S6sleep: highest rate, at least 2.2":                set(7, func(r *row) { r.Rate = 11000 }), // 5250 × 2.2 is 11550
		"S6postgres: CPU per call, at most 0.3 × Kamailio's": set(9, func(r *row) { r.CPU = 114 }),
		"S6postgres: CPU per call, at most 0.3 × OpenSIPS's": set(9, func(r *row) { r.CPU = 129 }),
		"S3: CPU per call with two loops on one processor":   set(15, func(r *row) { r.CPU = 116 }),
		"S3: the same on two processors":                     set(12, func(r *row) { r.CPU = 116 }),
		"S3 with two loops: nothing handed over":             set(12, func(r *row) { r.Handed = 0.001 }),
		"S3 by stock sipp":                                   set(13, func(r *row) { r.Failed = 1 }),
		"S4: CPU":                                            set(16, func(r *row) { r.CPU = 60.1 }),
		"S4 with a million":                                  set(18, func(r *row) { r.CPU = 60.1 }),
	} {
		found := slices.ContainsFunc(verdicts(rows), func(v verdict) bool { return strings.HasPrefix(v.what, what) && v.outcome == missed })
		if !found {
			t.Errorf("%s: not noticed to be missed: %v", what, verdicts(rows))
		}
		if judge(rows, new(strings.Builder)) == nil {
			t.Errorf("%s: the exit status does not show it", what)
		}
	}
}

// A goal that needs somebody who is not there is neither held nor missed, and says so.
func TestGoalsWithoutTheOthers(t *testing.T) {
	alone := slices.DeleteFunc(good(), func(r row) bool { return r.Product != fastsips })
	text := new(strings.Builder)
	if err := judge(alone, text); err != nil || !strings.Contains(text.String(), "not judged: S1: CPU per request, at most 0.65 × Kamailio's: Kamailio was not measured") {
		t.Errorf("%v\n%s", err, text)
	}
	// Where OpenSIPS was measured, no reference is needed: 4.4 × is too little.
	there := append(good(), result("S6sleep", opensips, nameOpenSIPS, 23625/4.4, 100))
	if i := slices.IndexFunc(verdicts(there), func(v verdict) bool {
		return strings.HasPrefix(v.what, "S6sleep: highest rate, at least 4.5") && v.outcome == missed && !strings.Contains(v.why, "reference")
	}); i < 0 {
		t.Errorf("%v", verdicts(there))
	}
	refused := row{Flow: "S1", Mode: closed, Name: nameFastsips, Product: fastsips, Loops: 1, Layout: apart, Rep: 1, Note: "not yet: no such module"}
	if v := verdicts([]row{refused})[0]; v.outcome != unknown || !strings.Contains(v.why, "not yet") {
		t.Errorf("%v", v)
	}
}

// Ratios are of runs that were interleaved, not of medians from different times; what was
// not held has none.
func TestRatiosAreOfTheSameRepetition(t *testing.T) {
	var rows []row
	for rep, slow := range []float64{1, 2, 4} { // the machine is that much slower
		a, b := result("S3", fastsips, nameFastsips, 9, 40*slow), result("S3", kamailio, nameKamailio, 9, 100*slow)
		a.Rep, b.Rep = rep+1, rep+1
		rows = append(rows, a, b)
	}
	rows[5].CPU, rows[5].Failed = 1, 1 // one in a thousand
	tab := tabulate(rows)
	s, ok := tab.ratio(rows[0].key(), rows[1].key(), cpu)
	if !ok || s.low != 0.4 || s.high != 0.4 || s.median != 0.4 {
		t.Errorf("%+v %v", s, ok)
	}
	if m, _ := tab.of(rows[0].key()); m.CPU != 80 {
		t.Errorf("median %v", m.CPU)
	}
}

func TestReportIsReadAgain(t *testing.T) {
	rep := report{facts: []string{"Measured somewhere.", "With care."}, rows: good()}
	rep.rows[0].Note, rep.rows[1].P999, rep.rows[2].Handed, rep.rows[3].Again = "not held", 1.25, 0.5, 1
	name := filepath.Join(t.TempDir(), "t.tsv")
	if err := writeFile(filepath.Dir(name), "t.tsv", func(w io.Writer) error { rep.write(w); return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := readReport(name); err != nil || !reflect.DeepEqual(got, rep) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, rep)
	}
	if err := os.WriteFile(name, []byte(header()+"\nS3\tclosed\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readReport(name); err == nil || !strings.Contains(err.Error(), "t.tsv:2: 2 columns") {
		t.Errorf("a short line: %v", err)
	}
}

// The page has facts, goals and each contender; the charts can be drawn.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	rows := good()
	slow := result("S3", kamailio, nameKamailio, 2000, 250)
	slow.Mode, slow.P50, slow.P99, slow.P999 = fixed, 0.5, 2, 7
	rows = append(rows, slow)
	if err := publish(report{facts: []string{"Measured somewhere."}, rows: rows}, dir); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"- Measured somewhere.", "| held | S3: CPU per call, at most 0.45 × Kamailio's | 45 against 100: 0.45 × |",
		"| Kamailio | 100 | 0.45 | 100.0 | 2.22 |", "the reference's figure, scaled by Kamailio's 5250 here"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%q is missing in\n%s", want, b)
		}
	}
	for _, name := range []string{"performance.png", "performance-latency.png"} {
		if fi, err := os.Stat(filepath.Join(dir, name)); err != nil || fi.Size() < 1000 {
			t.Errorf("%s: %v, %v", name, fi, err)
		}
	}
}

// All contenders are measured in turn, each as often as the others.
func TestPlan(t *testing.T) {
	s, err := parse([]string{"-flows", "S1,S3", "-reps", "2", "-sipp", "no"})
	if err != nil {
		t.Fatal(err)
	}
	all := []contender{{name: "a", product: fastsips}, {name: "b", product: kamailio}, {name: "f", product: floored}}
	var names []string
	for _, p := range plan(s, all) {
		names = append(names, p.String())
	}
	one := "S1 closed a,S1 closed b,S1 fixed a,S1 fixed b"
	three := "S3 closed a,S3 closed b,S3 closed f,S3 fixed a,S3 fixed b,S3 fixed f,S3 closed a 1 loops,S3 closed a 2 loops,S3 closed a 1 loops,S3 closed a 2 loops"
	if got, want := strings.Join(names, ","), strings.Join([]string{one, one, three, three}, ","); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Each product has a configuration for each flow in which no word is left over.
func TestConfigurationsAreComplete(t *testing.T) {
	for _, p := range []product{fastsips, kamailio, opensips} {
		for i := range flows {
			text, err := config(contender{product: p, mpath: "/m/"}, &flows[i], 5060, &benchproxy.Backend{URL: "postgres://x@127.0.0.1:9/y"})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(text) {
				if i := strings.IndexByte(line, '['); i >= 0 && !strings.HasPrefix(line, "route[") {
					t.Errorf("%s %s: left over: %s", p, flows[i].name, line)
				}
			}
		}
	}
}

// Our program takes the configurations, but for those of modules that it does not have
// yet; which these are it says itself.
func TestFastsipsTakesItsConfigurations(t *testing.T) {
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	c := contender{product: fastsips, binary: b.Path()}
	for i := range flows {
		url := "postgres://x@127.0.0.1:9/y"
		if flows[i].backend == "rest" {
			url = "http://127.0.0.1:9"
		}
		text, err := config(c, &flows[i], 5060, &benchproxy.Backend{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := benchproxy.WriteConfig(dir, text); err != nil {
			t.Fatal(err)
		}
		if err := c.accepts(dir); err != nil && !strings.Contains(err.Error(), "not there yet") {
			t.Errorf("%s: %v", flows[i].name, err)
		}
	}
}

// The kernel's counters tell how many datagrams were handed over.
func TestShareHandedOver(t *testing.T) {
	net := counters("{Wakeups:1 Received:200 Sent:9 HandedOver:50 HandOverDrops:3")
	if got := share(net); math.Abs(got-0.25) > 1e-9 {
		t.Errorf("%v of %v", got, net)
	}
}
