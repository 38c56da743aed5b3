package cgroup

import (
	"slices"
	"testing"
	"testing/fstest"
)

// cgroups(7): a line of /proc/self/cgroup is hierarchy-ID:controllers:path, that of version 2
// has 0 and no controllers. Where both are mounted, a controller is in one of them.
func TestLevels(t *testing.T) {
	const (
		v2     = "31 23 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		cpu    = "40 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
		inside = "41 32 0:32 /docker/1 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	)
	for _, c := range []struct {
		groups, mounts, controller string
		kind                       Kind
		dirs                       []string
	}{
		{"", "", "cpu", None, nil},
		{"0::/a\n", "", "cpu", V2, nil}, // not mounted
		{"0::/a/b\n", v2, "memory", V2, []string{"sys/fs/cgroup/unified/a/b", "sys/fs/cgroup/unified/a", "sys/fs/cgroup/unified"}},
		{"0::/\n", v2, "memory", V2, []string{"sys/fs/cgroup/unified"}},
		{"4:cpu,cpuacct:/a\n3:cpuset:/\n0::/x\n", v2 + cpu, "cpu", V1, []string{"sys/fs/cgroup/cpu,cpuacct/a", "sys/fs/cgroup/cpu,cpuacct"}},
		{"4:cpu,cpuacct:/a\n0::/x\n", v2 + cpu, "memory", V2, []string{"sys/fs/cgroup/unified/x", "sys/fs/cgroup/unified"}},
		{"5:memory:/docker/1/sub\n", inside, "memory", V1, []string{"sys/fs/cgroup/memory/sub", "sys/fs/cgroup/memory"}},
		{"5:memory:/docker/10\n", inside, "memory", V1, []string{"sys/fs/cgroup/memory"}}, // another one's
		{"0::/../../../etc\n", v2, "memory", V2, []string{"sys/fs/cgroup/unified/etc", "sys/fs/cgroup/unified"}},
	} {
		root := fstest.MapFS{"proc/self/cgroup": {Data: []byte(c.groups)}, "proc/self/mountinfo": {Data: []byte(c.mounts)}}
		if dirs, kind := Levels(root, c.controller); kind != c.kind || !slices.Equal(dirs, c.dirs) {
			t.Errorf("%s of %q: %v, version %d", c.controller, c.groups, dirs, kind)
		}
	}
}
