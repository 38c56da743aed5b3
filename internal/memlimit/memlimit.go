// Package memlimit finds out how much memory this process may have.
package memlimit

import (
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
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

// groupFiles lists where the limits of our control group and of those around it are:
// memory.max of version 2, memory.limit_in_bytes of version 1. In a container the first
// ones may be missing: the innermost group is mounted as the outermost.
func groupFiles(root fs.FS) (files []string) {
	b, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) < 3 {
			continue
		}
		switch {
		case f[0] == "0" && f[1] == "":
			files = append(files, levels("sys/fs/cgroup", f[2], "memory.max")...)
		case strings.Contains(","+f[1]+",", ",memory,"):
			files = append(files, levels("sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes")...)
		}
	}
	return files
}

// levels lists file in the directory of group under top, and in all those above.
func levels(top, group, file string) (files []string) {
	for dir := path.Join("/", group); ; dir = path.Dir(dir) {
		files = append(files, path.Join(top, dir, file))
		if dir == "/" {
			return files
		}
	}
}
