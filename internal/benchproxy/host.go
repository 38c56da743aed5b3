package benchproxy

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Host describes this machine and the day: "26 November 2026, 2 processors (AMD
// EPYC), Linux 6.18, go1.26".
func Host() string {
	return fmt.Sprintf("%s, %d processors (%s), Linux %s, %s",
		time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), cpuModel(), kernel(), runtime.Version())
}

func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "?"
	}
	release, _, _ := strings.Cut(string(u.Release[:max(0, bytes.IndexByte(u.Release[:], 0))]), "-")
	return release
}

// RaiseFileLimit lets us and our children have as many files as we may, and returns
// how many. The runtime has raised our own limit already, but lowers it for children.
func RaiseFileLimit() (int, error) {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil {
		return 0, err
	}
	return int(now.Max), syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: now.Max, Max: now.Max})
}
