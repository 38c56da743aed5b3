package procs

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

func set(cpus []int) (s unix.CPUSet) {
	for _, c := range cpus {
		s.Set(c)
	}
	return s
}

// Start starts cmd bound to the processors; none means wherever we may run.
func Start(cmd *exec.Cmd, cpus ...int) error {
	if len(cpus) == 0 {
		return cmd.Start()
	}
	// A child inherits the affinity of the thread that makes it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	s := set(cpus)
	if err := unix.SchedSetaffinity(0, &s); err != nil {
		return err
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }() // what was allowed still is
	return cmd.Start()
}

// Pin binds all threads of the processes to the processors. Threads and children to
// come inherit it. A thread that has just ended does not matter.
func Pin(pids []int, cpus ...int) {
	s := set(cpus)
	for _, pid := range pids {
		tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
		for _, task := range tasks {
			if tid, err := strconv.Atoi(filepath.Base(task)); err == nil {
				_ = unix.SchedSetaffinity(tid, &s)
			}
		}
	}
}
