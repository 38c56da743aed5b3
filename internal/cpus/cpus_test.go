package cpus

import (
	"io/fs"
	"reflect"
	"runtime"
	"testing"
	"testing/fstest"
)

func TestList(t *testing.T) {
	for text, want := range map[string][]int{
		"0": {0}, "0-3,8": {0, 1, 2, 3, 8}, "8,0-1": {0, 1, 8}, "1,1,0-2": {0, 1, 2}, "0 2 4-5": {0, 2, 4, 5}, "": nil, "1023": {1023},
	} {
		got, err := ParseList(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
		if again, err := ParseList(FormatList(got)); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q is written %q", text, FormatList(got))
		}
	}
	for _, text := range []string{"a", "3-1", "-1", "0-", "1024", "0-99999999", "0x1"} {
		if got, err := ParseList(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	if got := FormatList([]int{0, 1, 2, 5, 7, 8}); got != "0-2,5,7-8" {
		t.Error(got)
	}
}

func tree(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

const (
	mountV2     = "31 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	mountV1     = "40 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
	mountCpuset = "41 32 0:32 / /sys/fs/cgroup/cpuset rw shared:16 - cgroup cgroup rw,cpuset\n"
)

// cgroups(7): "0::/path" is version 2, other lines name the controllers of version 1.
// Each level of the tree limits those below it.
func TestQuota(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  float64
		where string
	}{
		"no control groups": {nil, 0, ""},
		"v2, no limit": {map[string]string{"proc/self/cgroup": "0::/user.slice\n", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/user.slice/cpu.max": "max 100000\n"}, 0, ""},
		"v2": {map[string]string{"proc/self/cgroup": "0::/system.slice/fastsips.service\n", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/system.slice/fastsips.service/cpu.max": "150000 100000\n"}, 1.5, "/sys/fs/cgroup/system.slice/fastsips.service"},
		"v2, the parent is stricter": {map[string]string{"proc/self/cgroup": "0::/a/b/c\n", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/a/cpu.max": "200000 100000\n", "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
			"sys/fs/cgroup/a/b/c/cpu.max": "400000 100000\n"}, 2, "/sys/fs/cgroup/a"},
		"v2, a container with a namespace": {map[string]string{"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5, "/sys/fs/cgroup"},
		"v2, moved out of its namespace": {map[string]string{"proc/self/cgroup": "0::/../other\n", "proc/self/mountinfo": mountV2,
			"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5, "/sys/fs/cgroup"},
		"v1": {map[string]string{"proc/self/cgroup": "5:cpuset:/\n4:cpu,cpuacct:/docker/1\n0::/docker/1\n",
			"proc/self/mountinfo":                                  mountCpuset + mountV1 + mountV2,
			"sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us":    "-1\n",
			"sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us":   "100000\n",
			"sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us":  "250000\n",
			"sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/docker/1/cpu.max":                       "100000 100000\n",
		}, 2.5, "/sys/fs/cgroup/cpu,cpuacct/docker/1"},
		"v1, mounted in the container": {map[string]string{"proc/self/cgroup": "4:cpu,cpuacct:/docker/1/sub\n",
			"proc/self/mountinfo":                     "40 32 0:31 /docker/1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":      "100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":     "100000\n",
			"sys/fs/cgroup/cpu/sub/cpu.cfs_quota_us":  "300000\n",
			"sys/fs/cgroup/cpu/sub/cpu.cfs_period_us": "100000\n",
		}, 1, "/sys/fs/cgroup/cpu"},
		"v1, another tree is mounted": {map[string]string{"proc/self/cgroup": "4:cpu:/docker/10\n",
			"proc/self/mountinfo":                 "40 32 0:31 /docker/1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  "100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
		}, 2, "/sys/fs/cgroup/cpu"},
		"a space in the path": {map[string]string{"proc/self/cgroup": "0::/a\n",
			"proc/self/mountinfo":  `31 23 0:27 / /my\040cgroups rw - cgroup2 none rw` + "\n",
			"my cgroups/a/cpu.max": "100000 100000\n"}, 1, "/my cgroups/a"},
		"nonsense": {map[string]string{"proc/self/cgroup": "x\n0::/\n", "proc/self/mountinfo": "a b - c\n" + mountV2,
			"sys/fs/cgroup/cpu.max": "lots\n"}, 0, ""},
	} {
		if got, where := quota(tree(c.files)); got != c.want || where != c.where {
			t.Errorf("%s: %v by %q, want %v by %q", name, got, where, c.want, c.where)
		}
	}
}

// A loop for each processor; a quota is rounded to the nearest whole number.
func TestLoops(t *testing.T) {
	four := []int{0, 1, 2, 3}
	for _, c := range []struct {
		u    Usable
		want int
	}{
		{Usable{IDs: four}, 4}, {Usable{IDs: four, Quota: 2}, 2}, {Usable{IDs: four, Quota: 1.5}, 2}, {Usable{IDs: four, Quota: 1.4}, 1},
		{Usable{IDs: four, Quota: 0.1}, 1}, {Usable{IDs: four, Quota: 64}, 4}, {Usable{IDs: four[:1], Quota: 2}, 1}, {Usable{}, 1},
	} {
		if got := c.u.Loops(); got != c.want {
			t.Errorf("%+v: %d loops, want %d", c.u, got, c.want)
		}
	}
}

func TestNodes(t *testing.T) {
	root := tree(map[string]string{
		"sys/devices/system/node/node0/cpulist": "0-1,4-5\n", "sys/devices/system/node/node1/cpulist": "2-3,6-7\n",
		"sys/devices/system/node/node2/cpulist": "\n", // memory alone
	})
	want := []Node{{"node0", []int{1, 4}}, {"node1", []int{2}}}
	if got := look(root, []int{1, 2, 4}).Nodes; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := look(root, []int{2, 3}).Nodes; len(got) != 1 || got[0].Name != "node1" {
		t.Error(got)
	}
}

// All threads are bound, those that are there and those to come.
func TestBind(t *testing.T) {
	before, err := Affinity()
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	t.Cleanup(func() { _ = Bind(before) })
	if err := Bind(before[:1]); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		seen := make(chan []int)
		go func() {
			runtime.LockOSThread() // which is not unlocked: the next one has another thread
			ids, _ := Affinity()
			seen <- ids
		}()
		if got := <-seen; !reflect.DeepEqual(got, before[:1]) {
			t.Errorf("a thread may use %v, want %v", got, before[:1])
		}
	}
	if err := Bind([]int{before[0], maxID}); err == nil {
		t.Error("bound to a processor that is not there")
	}
	if err := Bind([]int{maxID}); err == nil {
		t.Error("bound to a processor that is not there")
	}
}
