package memlimit

import (
	"testing"
	"testing/fstest"
)

func TestAvailable(t *testing.T) {
	const mib = 1 << 20
	const v2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	const v1 = "40 32 0:31 / /sys/fs/cgroup/memory rw shared:15 - cgroup cgroup rw,memory\n"
	meminfo := "MemTotal:       2097152 kB\nMemFree:  5 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		bytes int64
		of    string
	}{
		"nothing is known": {nil, 0, ""},
		"the machine's":    {map[string]string{"proc/meminfo": meminfo}, 2048 * mib, "/proc/meminfo"},
		"no limit": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/memory.max": "max\n"},
			2048 * mib, "/proc/meminfo"},
		"version 2": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/a/b/memory.max": "1073741824\n",
			"sys/fs/cgroup/a/memory.max": "536870912\n"}, 512 * mib, "/sys/fs/cgroup/a/memory.max"},
		"version 2, held up from memory.high on": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": v2,
			"sys/fs/cgroup/a/memory.max": "1073741824\n", "sys/fs/cgroup/a/memory.high": "536870912\n"}, 512 * mib, "/sys/fs/cgroup/a/memory.high"},
		"version 1, mounted in the container": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/docker/1\n",
			"proc/self/mountinfo": "40 32 0:31 /docker/1 /mem ro - cgroup cgroup rw,memory\n", "mem/memory.limit_in_bytes": "1048576\n"}, mib, "/mem/memory.limit_in_bytes"},
		"version 1": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:cpu,memory:/a\n1:name=systemd:/\n", "proc/self/mountinfo": v1,
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1048576\n"}, mib, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"},
		"version 1 without a limit": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/\n", "proc/self/mountinfo": v1,
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 2048 * mib, "/proc/meminfo"},
		"a container that sees its own group only": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/docker/abc\n", "proc/self/mountinfo": v2,
			"sys/fs/cgroup/memory.max": "1073741824\n"}, 1024 * mib, "/sys/fs/cgroup/memory.max"},
		"a group alone": {map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/memory.max": "1073741824\n"}, 1024 * mib, "/sys/fs/cgroup/memory.max"},
	} {
		root := fstest.MapFS{}
		for file, text := range c.files {
			root[file] = &fstest.MapFile{Data: []byte(text)}
		}
		if bytes, of := available(root); bytes != c.bytes || of != c.of {
			t.Errorf("%s: %d of %s, want %d of %s", name, bytes, of, c.bytes, c.of)
		}
	}
}
