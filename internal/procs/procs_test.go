package procs

import (
	"io"
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
			if now[i].Busy > before[i].Busy {
				return
			}
		}
	}
	t.Error("no processor has done anything while this test ran")
}
