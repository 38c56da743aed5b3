package main

import (
	"bytes"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/cpus"
)

// The command line wins over loops=, that over udp_workers=, which is bounded by the CPUs;
// a quota counts as fewer CPUs, and so does GOMAXPROCS.
func TestChooseLoops(t *testing.T) {
	for _, c := range []struct {
		quota                float64
		procs                int
		flag, loops, workers int
		want                 int
		why                  string
	}{
		{0, 4, 0, 0, 0, 4, "one for each CPU"},
		{1.5, 4, 0, 0, 0, 2, "one for each CPU"},
		{0, 3, 0, 0, 0, 3, "one for each CPU"},
		{0, 4, 0, 0, 2, 2, "udp_workers="},
		{0, 4, 0, 0, 32, 4, "loops=32 would"},
		{1, 4, 0, 0, 2, 1, "udp_workers=2, at most"},
		{0, 4, 0, 6, 2, 6, "loops="},
		{0, 4, 1, 6, 2, 1, "-n"},
		{0, 4, 9, 0, 0, 9, "-n"},
	} {
		p := loopPlan{usable: cpus.Usable{IDs: []int{0, 1, 2, 3}, Quota: c.quota}, procs: c.procs}
		p.choose(c.flag, c.loops, c.workers)
		if p.loops != c.want || !strings.Contains(p.why, c.why) {
			t.Errorf("%+v: %d loops (%s)", c, p.loops, p.why)
		}
	}
}

// Who is bound to more processors than it was started on, such as a service whose unit says
// CPUAffinity=0, has a loop for each of them.
func TestPinToMore(t *testing.T) {
	before, err := cpus.Affinity()
	if err != nil || len(before) < 2 {
		t.Skip("there is one processor: ", err)
	}
	t.Setenv("GOMAXPROCS", "")
	t.Cleanup(func() {
		_ = cpus.Bind(before)
		runtime.SetDefaultGOMAXPROCS()
	})
	for _, ids := range [][]int{before[:1], before} {
		p, err := onCPUs(ids)
		if err != nil || p.procs < p.usable.Loops() || p.procs > len(ids) {
			t.Errorf("on %v: GOMAXPROCS is %d, for %d loops, %v", ids, p.procs, p.usable.Loops(), err)
		}
	}
}

// One line says why; others what to think of.
func TestLoopsLogged(t *testing.T) {
	for _, c := range []struct {
		p    loopPlan
		want []string
	}{
		{loopPlan{loops: 2, why: "-n", usable: cpus.Usable{IDs: []int{0, 1, 4}}}, []string{"loops=2 because=-n cpus=0-1,4 gomaxprocs="}},
		{loopPlan{loops: 3, usable: cpus.Usable{IDs: []int{0, 1, 2}, Quota: 1.5, By: "/a"}}, []string{"quota=1.5 of=/a", "more loops than CPUs"}},
		{loopPlan{loops: 1, usable: cpus.Usable{IDs: []int{0, 8}, Nodes: []cpus.Node{{Name: "node0", IDs: []int{0}}, {Name: "node1", IDs: []int{8}}}}},
			[]string{"loops=1", "several memory nodes"}},
	} {
		var b bytes.Buffer
		c.p.log(slog.New(slog.NewTextHandler(&b, nil)))
		for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
			if i >= len(c.want) || !strings.Contains(line, c.want[i]) {
				t.Errorf("line %d: %s", i, line)
			}
		}
	}
}
