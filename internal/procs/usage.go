package procs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Usage is what processes have used since they began.
type Usage struct {
	CPU      time.Duration // as the scheduler accounts it, to the nanosecond
	User     time.Duration // in user space, in units of 10 ms
	System   time.Duration // in the kernel, likewise
	Switches int           // context switches, voluntary or not
	Threads  int           // that there are now
}

// Sub returns what was used since earlier; Threads are those of u.
func (u Usage) Sub(earlier Usage) Usage {
	return Usage{u.CPU - earlier.CPU, u.User - earlier.User, u.System - earlier.System, u.Switches - earlier.Switches, u.Threads}
}

// Look adds up the threads of the processes. A thread or process that has ended no
// longer counts.
func Look(pids ...int) (u Usage) {
	for _, pid := range pids {
		tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid)) // the pattern is well formed
		for _, task := range tasks {
			if cpu, ok := schedstat(task); ok {
				u.CPU += cpu
				u.Switches += switches(task)
				u.Threads++
			}
		}
		user, system := times(pid)
		u.User, u.System = u.User+user, u.System+system
	}
	return u
}

// times are the user and system time of a process, its ended threads included.
func times(pid int) (user, system time.Duration) {
	f := stat(fmt.Sprintf("/proc/%d/stat", pid))
	if len(f) < 13 {
		return 0, 0 // gone since
	}
	tick := func(s string) time.Duration {
		n, _ := strconv.ParseInt(s, 10, 64) // the kernel writes numbers
		return time.Duration(n) * userHZ
	}
	return tick(f[11]), tick(f[12])
}

// stat returns the fields of a /proc/PID/stat from the state on, which is the third
// of the file: pid (name) state ppid …; the name may hold blanks and parentheses.
func stat(name string) []string {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
}

// userHZ is the unit of times in /proc: 1/100 s on all of Linux's common processors.
const userHZ = 10 * time.Millisecond

// schedstat is the time that a thread ran: the first number of the file, in ns.
func schedstat(task string) (time.Duration, bool) {
	b, err := os.ReadFile(task + "/schedstat")
	if err != nil {
		return 0, false
	}
	text, _, _ := strings.Cut(string(b), " ")
	ns, err := strconv.ParseInt(text, 10, 64)
	return time.Duration(ns), err == nil
}

func switches(task string) (n int) {
	b, _ := os.ReadFile(task + "/status") // a thread that is gone has none
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.HasSuffix(name, "voluntary_ctxt_switches") {
			k, _ := strconv.Atoi(strings.TrimSpace(value))
			n += k
		}
	}
	return n
}

// Tree returns pid and its descendants.
func Tree(pid int) []int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		fields := stat(name)
		if len(fields) < 2 {
			continue // gone since
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if parent, err2 := strconv.Atoi(fields[1]); err == nil && err2 == nil {
			children[parent] = append(children[parent], child)
		}
	}
	list := []int{pid}
	for i := 0; i < len(list); i++ {
		list = append(list, children[list[i]]...)
	}
	return list
}
