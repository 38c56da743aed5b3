package tune

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/cpus"
	"github.com/fastsips/fastsips/internal/memlimit"
)

// runsOf makes three runs for each number of loops, of {rate, CPU of the proxy}, that are
// 1 % apart.
func runsOf(figures map[int][2]float64) (runs []Run) {
	for loops, f := range figures {
		for _, by := range []float64{0.99, 1, 1.01} {
			runs = append(runs, Run{Loops: loops, Rate: f[0] * by, Proxy: f[1], Generator: 35})
		}
	}
	return runs
}

// The most room wins among the numbers of loops whose rate is near the best, and the
// fewest loops of what is within the noise.
func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		cores   float64
		figures map[int][2]float64
		want    int
	}{
		"one CPU: more loops gain nothing":       {1, map[int][2]float64{1: {13000, 38}, 2: {12800, 39}}, 1},
		"two CPUs, shared with the generator":    {2, map[int][2]float64{1: {24000, 38}, 2: {25000, 41}, 3: {24500, 42}, 4: {24000, 43}}, 2},
		"two CPUs, a second loop doubles a call": {2, map[int][2]float64{1: {24000, 38}, 2: {17000, 76}, 4: {16000, 80}}, 1},
		"as much, within the noise":              {4, map[int][2]float64{2: {50000, 40}, 3: {52000, 59}, 4: {51000, 79}}, 2},
		"eight CPUs: the generator takes half":   {8, map[int][2]float64{1: {25000, 38}, 4: {98000, 40}, 8: {100000, 41}, 16: {97000, 45}}, 8},
		"contention beyond four":                 {8, map[int][2]float64{1: {25000, 38}, 4: {98000, 40}, 8: {80000, 60}, 16: {60000, 90}}, 4},
		"a quota of one and a half":              {1.5, map[int][2]float64{1: {18000, 38}, 2: {19000, 40}, 3: {18500, 41}}, 2},
	} {
		if got, why := Choose(Points(runsOf(c.figures), c.cores)); got.Loops != c.want || why == "" {
			t.Errorf("%s: %d loops (%s), want %d", name, got.Loops, why, c.want)
		}
	}
	// What fails calls is not chosen, however fast; if all do, the rest holds.
	runs := runsOf(map[int][2]float64{1: {20000, 38}, 2: {30000, 38}})
	for i := range runs {
		if runs[i].Loops == 2 {
			runs[i].Bad = 0.2
		}
	}
	if got, _ := Choose(Points(runs, 2)); got.Loops != 1 {
		t.Errorf("%d loops, of which a fifth of the calls fail", got.Loops)
	}
	for i := range runs {
		runs[i].Bad = 0.2
	}
	if got, _ := Choose(Points(runs, 2)); got.Loops != 2 {
		t.Errorf("%d loops where all fail calls", got.Loops)
	}
}

// Where more loops had more room, but the generator needs the CPUs as well, it is said: the
// advice is for a machine that others use as the generator does.
func TestChooseTellsOfMoreRoom(t *testing.T) {
	for _, c := range []struct {
		figures map[int][2]float64
		says    bool
	}{
		{map[int][2]float64{1: {24000, 38}, 2: {20000, 45}}, true},
		{map[int][2]float64{1: {24000, 38}, 2: {17000, 76}}, false},
		{map[int][2]float64{1: {24000, 38}, 2: {25000, 41}}, false}, // it is the choice
	} {
		best, why := Choose(Points(runsOf(c.figures), 2))
		got := strings.Contains(why, "2 loops would have room for 44444, but reach 20000 here, because the generator shares the CPUs: on a machine that the proxy has to itself")
		if got != c.says || strings.Contains(why, "shares the CPUs") != c.says {
			t.Errorf("%v: %d loops, %s", c.figures, best.Loops, why)
		}
	}
}

// The choice is never further below the best rate than [Within], in the runs that it is
// made from.
func TestChooseIsNearTheBest(t *testing.T) {
	if 1-slack < Within {
		t.Errorf("a choice may be %.0f %% below the best", 100*slack)
	}
}

func TestPoints(t *testing.T) {
	runs := []Run{{Loops: 2, Rate: 10, Proxy: 40}, {Loops: 1, Rate: 7, Proxy: 30}, {Loops: 2, Rate: 30, Proxy: 50}, {Loops: 2, Rate: 20, Proxy: 60}}
	got := Points(runs, 4)
	if len(got) != 2 || got[0].Loops != 1 || got[1].Rate != 20 || got[1].Low != 10 || got[1].High != 30 || got[1].Proxy != 50 || got[1].Room != 40000 {
		t.Errorf("%+v", got)
	}
}

func settings(a Advice, place Place) (list []string) {
	for _, s := range a.Settings {
		if s.Place == place {
			list = append(list, s.Text)
		}
	}
	return list
}

func TestAdvise(t *testing.T) {
	m := Machine{CPUs: "0-1", Count: 2, Memory: 8 << 30, RmemMax: 212992}
	runs := runsOf(map[int][2]float64{1: {24000, 40}, 2: {25000, 40}})
	a := Advise(m, runs)
	// 50,000 calls/s × 6 messages × 50 ms × 1152 bytes = 17.3 MB, of one socket
	if got := settings(a, InScript); !reflect.DeepEqual(got, []string{"loops=2", "maxbuffer=33554432"}) {
		t.Error(got)
	}
	if got := settings(a, InSysctl); !reflect.DeepEqual(got, []string{"net.core.rmem_max=33554432"}) {
		t.Error(got)
	}
	if got := settings(a, InUnit); got != nil || len(a.Notes) > 0 {
		t.Error(got, a.Notes)
	}
	if i := slices.IndexFunc(a.Settings, func(s Setting) bool { return s.Text == "GOMEMLIMIT" && strings.Contains(s.Why, "6144MiB") }); i < 0 {
		t.Errorf("%+v", a.Settings)
	}
	if i := slices.IndexFunc(a.Settings, func(s Setting) bool {
		return s.Text == "GOGC" && strings.Contains(s.Why, fmt.Sprintf("sets %d:", memlimit.GCPercent))
	}); i < 0 {
		t.Errorf("%+v", a.Settings)
	}
	for i := range runs {
		runs[i].Steering = "cbpf"
	}
	m.RmemMax = 64 << 20
	a = Advise(m, runs) // half of it for each loop's socket
	if got := settings(a, InScript); got[1] != "maxbuffer=16777216" || len(settings(a, InSysctl)) != 0 {
		t.Error(got, settings(a, InSysctl))
	}
	if got := settings(a, InUnit); len(got) != 1 || !strings.HasPrefix(got[0], "AmbientCapabilities=CAP_BPF") {
		t.Error(got)
	}
}

// What distorts is said.
func TestDoubts(t *testing.T) {
	m := Machine{CPUs: "0-3", Count: 4, Quota: 2.5, QuotaBy: "/sys/fs/cgroup/a",
		Nodes: []cpus.Node{{Name: "node0", IDs: []int{0, 1}}, {Name: "node1", IDs: []int{2, 3}}}}
	runs := []Run{{Loops: 1, Rate: 10, Proxy: 40, OtherCores: 1, StealCores: 0.5, Bad: 0.1}, {Loops: 1, Rate: 20, Proxy: 40, OtherCores: 1, StealCores: 0.5, Bad: 0.1}}
	notes := strings.Join(Advise(m, runs).Notes, "\n")
	for _, want := range []string{"2 memory nodes", "node1: CPUAffinity=2-3, NUMAPolicy=bind, NUMAMask=1", "taskset -c 2-3", "Other programs kept 1.0", "hypervisor took 12 %",
		"10 % of the calls failed", "67 % apart", "quota of 2.5 CPUs"} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in:\n%s", want, notes)
		}
	}
}

func TestBusy(t *testing.T) {
	for _, c := range []struct {
		m    Machine
		want string
	}{
		{Machine{Count: 2, OtherCores: 0.1}, ""}, {Machine{Count: 2, OtherCores: 0.5}, "0.5 of its 2 CPUs"}, {Machine{Count: 16, OtherCores: 1}, ""},
		{Machine{Count: 2, StealCores: 0.2}, "hypervisor takes 10 %"},
	} {
		if got := c.m.Busy(); got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%+v: %q, want %q", c.m, got, c.want)
		}
	}
}

// From 1 to twice the processors, both these and that among them, not too many to try.
func TestCounts(t *testing.T) {
	for n, want := range map[int][]int{1: {1, 2}, 2: {1, 2, 3, 4}, 4: {1, 2, 3, 4, 5, 6, 8}} {
		if got := Counts(n); !reflect.DeepEqual(got, want) {
			t.Errorf("%d processors: %v, want %v", n, got, want)
		}
	}
	for n := 1; n <= 256; n++ {
		got := Counts(n)
		if got[0] != 1 || got[len(got)-1] != 2*n || !slices.Contains(got, n) || len(got) > mostCounts || !slices.IsSorted(got) {
			t.Errorf("%d processors: %v", n, got)
		}
	}
}

// All that is planned takes as long as was asked for.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		processors, seconds int
		rounds              int
	}{{2, 60, 5}, {2, 20, 1}, {2, 30, 3}, {64, 60, 3}, {64, 120, 5}} {
		p, err := PlanFor(c.processors, time.Duration(c.seconds)*time.Second)
		whole := p.Each * time.Duration(p.Rounds*len(p.Counts))
		if err != nil || p.Rounds != c.rounds || whole > time.Duration(c.seconds)*time.Second || p.warm()+p.measure() >= p.Each {
			t.Errorf("%+v: %+v, %v", c, p, err)
		}
	}
	if p, err := PlanFor(2, time.Second); err == nil {
		t.Errorf("%+v in a second", p)
	}
}

func TestVerify(t *testing.T) {
	c := Verify(2, runsOf(map[int][2]float64{1: {100, 38}, 2: {90, 38}, 4: {80, 38}}), 2)
	if c.Best != 1 || !c.OK() || c.Share < 0.89 || c.Share > 0.91 {
		t.Errorf("%+v", c)
	}
	if c := Verify(4, runsOf(map[int][2]float64{1: {100, 38}, 4: {80, 38}}), 2); c.OK() {
		t.Errorf("%+v", c)
	}
}

func TestOnLoopback(t *testing.T) {
	got := OnLoopback("socket=udp:10.0.0.1:5060 as 1.2.3.4:5060 use_workers 2\n  listen = tcp:eth0\nsocket=udp:[::1]:5062 tag x\nsocket=udp:[proxy]\n")
	want := "socket=udp:[proxy] as 1.2.3.4:5060 use_workers 2\n  listen = tcp:[proxy2]\nsocket=udp:[proxy3] tag x\nsocket=udp:[proxy]\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if OnLoopback(Script) != Script {
		t.Error("our own script is changed")
	}
}

func TestWrite(t *testing.T) {
	m := Machine{CPUs: "0-1", Count: 2, Memory: 8 << 30, RmemMax: 212992}
	runs := runsOf(map[int][2]float64{1: {24000, 40}, 2: {25000, 40}})
	r := Report{Machine: m, Points: Points(runs, 2), Advice: Advise(m, runs), Runs: runs}
	var b bytes.Buffer
	r.Write(&b)
	for _, want := range []string{"* 2", "# The script:\n# 25000 calls/s", "\nloops=2\n", "\n# GOGC: fastsips sets 200:", "\n# GOMEMLIMIT: fastsips sets 6144MiB", "\nnet.core.rmem_max=33554432\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in:\n%s", want, b.String())
		}
	}
	if text, err := json.Marshal(r); err != nil || !bytes.Contains(text, []byte(`"loops":2`)) {
		t.Errorf("%s, %v", text, err)
	}
}
