package procs

import (
	"io"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A process that works costs CPU, one that waits does not, and both are in our tree.
func TestUsage(t *testing.T) {
	start := func(script string) (*exec.Cmd, io.WriteCloser) {
		cmd := exec.Command("/bin/sh", "-c", script)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := Start(cmd, 0); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd, in
	}
	busy, _ := start("while :; do :; done")
	idle, in := start("while read x; do :; done")

	for _, cmd := range []*exec.Cmd{busy, idle} {
		if tree := Tree(os.Getpid()); !slices.Contains(tree, cmd.Process.Pid) {
			t.Errorf("%d is not in %v", cmd.Process.Pid, tree)
		}
		var s unix.CPUSet
		if err := unix.SchedGetaffinity(cmd.Process.Pid, &s); err != nil || s.Count() != 1 || !s.IsSet(0) {
			t.Errorf("%v, %v: not bound to processor 0", s, err)
		}
	}
	await := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("in vain: ", what)
			}
		}
	}
	before, quiet := Look(busy.Process.Pid), Look(idle.Process.Pid)
	await("CPU time", func() bool { return Look(busy.Process.Pid).Sub(before).CPU > 10*time.Millisecond })
	if used := Look(idle.Process.Pid).Sub(quiet); used.CPU > 5*time.Millisecond || used.Threads != 1 {
		t.Errorf("an idle process used %+v", used)
	}
	for range 10 {
		n := Look(idle.Process.Pid).Switches
		_, _ = io.WriteString(in, strings.Repeat("x\n", 10))
		await("a context switch", func() bool { return Look(idle.Process.Pid).Switches > n })
	}
	Pin([]int{idle.Process.Pid}, 0, 1)
	var s unix.CPUSet
	if err := unix.SchedGetaffinity(idle.Process.Pid, &s); err != nil || !s.IsSet(0) {
		t.Errorf("%v, %v: not bound to processors 0 and 1", s, err)
	}
}

func TestCores(t *testing.T) {
	before, err := Cores()
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		now, err := Cores()
		if err != nil || len(now) != len(before) {
			t.Fatal(now, err)
		}
		for i := range now {
			if busy, _ := now[i].Since(before[i]); busy > 0.1 && now[i].At.Sub(before[i].At) > 200*time.Millisecond {
				return
			}
		}
	}
	t.Error("no processor has done anything while this test ran")
}

// Load at 10,000 a second keeps step with the 250 ticks a second by which the kernel finds
// out as whose a processor works: here they found the first one idle in 192 of 200 cases and
// the proxy, which had it for 0.32 s of the 2.025, in 5. Idle it was for 1.61 s.
func TestBusyIsNotWhatTicksFound(t *testing.T) {
	from := time.Now()
	before, err1 := parseCores("cpu 1 2 3\ncpu0 2878636 152277 1329798 1220960 2898 0 111654 0 0 0\ncpu1 2832089 148811 1400536 1189202 8182 0 110200 0 0 0\nintr 5\n", from)
	after, err2 := parseCores("cpu0 2878639 152277 1329800 1221121 2898 0 111657 0 0 0\ncpu1 2832196 148811 1400609 1189204 8182 0 110200 20 0 0\n", from.Add(2025*time.Millisecond))
	if err1 != nil || err2 != nil || len(before) != 2 || len(after) != 2 {
		t.Fatal(before, err1, after, err2)
	}
	for i, want := range [][2]float64{{0.205, 0}, {0.891, 0.099}} {
		if busy, steal := after[i].Since(before[i]); math.Abs(busy-want[0]) > 0.001 || math.Abs(steal-want[1]) > 0.001 {
			t.Errorf("processor %d: %.3f busy, %.3f stolen, want %v", i, busy, steal, want)
		}
	}
}
