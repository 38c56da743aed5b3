// Package memlimit finds out how much memory this process may have.
package memlimit

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/cgroup"
)

// Available returns how many bytes of memory there are for this process, and what says
// so: the machine's, or the strictest limit of a control group that the process is in. 0:
// nothing says.
func Available() (bytes int64, of string) { return available(os.DirFS("/")) }

func available(root fs.FS) (bytes int64, of string) {
	bytes, of = machine(root), "/proc/meminfo"
	if bytes == 0 {
		of = ""
	}
	for _, file := range groupFiles(root) {
		b, err := fs.ReadFile(root, file)
		if err != nil {
			continue // the container does not see this level
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 && (n < bytes || bytes == 0) { // "max" is no number
			bytes, of = n, "/"+file
		}
	}
	return bytes, of
}

// machine reads MemTotal.
func machine(root fs.FS) int64 {
	b, _ := fs.ReadFile(root, "proc/meminfo")
	_, rest, _ := strings.Cut(string(b), "MemTotal:")
	if f := strings.Fields(rest); len(f) > 1 && f[1] == "kB" {
		n, _ := strconv.ParseInt(f[0], 10, 64)
		return n << 10
	}
	return 0
}

// groupFiles lists where the limits of our control group and of those around it are: memory.max
// and memory.high of version 2, above which the kernel holds the process up,
// memory.limit_in_bytes of version 1.
func groupFiles(root fs.FS) (files []string) {
	names := []string{"memory.max", "memory.high"}
	dirs, kind := cgroup.Levels(root, "memory")
	if kind == cgroup.V1 {
		names = []string{"memory.limit_in_bytes"}
	}
	for _, dir := range dirs {
		for _, name := range names {
			files = append(files, path.Join(dir, name))
		}
	}
	return files
}
