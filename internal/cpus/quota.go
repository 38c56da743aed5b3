package cpus

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// quota returns how many processors' worth of time the control groups of this process
// grant, and the directory of the strictest; 0 if there is no limit. Groups are nested,
// and each level limits what is below it: those of a container that does not see the
// levels above it are all that can be known.
func quota(root fs.FS) (cpus float64, where string) {
	dir, top, read := group(root)
	for dir != "" {
		if q := read(root, dir); q > 0 && (cpus == 0 || q < cpus) {
			cpus, where = q, "/"+dir
		}
		if dir == top || dir == "." {
			break
		}
		dir = path.Dir(dir)
	}
	return cpus, where
}

// group finds the directory of our group that limits processors, and the one where the
// tree is mounted. The cpu controller is version 1's if /proc/self/cgroup names it, else
// version 2's.
func group(root fs.FS) (dir, top string, read func(fs.FS, string) float64) {
	v1, v2 := "", ""
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(f) < 3:
		case f[0] == "0" && f[1] == "":
			v2 = f[2]
		case hasWord(f[1], "cpu"):
			v1 = f[2]
		}
	}
	switch {
	case v1 != "":
		dir, top = below(root, v1, func(m mount) bool { return m.kind == "cgroup" && hasWord(m.options, "cpu") })
		return dir, top, cfsQuota
	case v2 != "":
		dir, top = below(root, v2, func(m mount) bool { return m.kind == "cgroup2" })
		return dir, top, cpuMax
	}
	return "", "", nil
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// A mount is a line of /proc/self/mountinfo (proc(5)).
type mount struct{ root, at, kind, options string }

// below finds the directory of group in the tree that is mounted where is says. In a
// container the group's path may not begin with what is mounted: then it is that.
func below(root fs.FS, group string, is func(mount) bool) (dir, top string) {
	text, _ := fs.ReadFile(root, "proc/self/mountinfo")
	for line := range bytes.Lines(text) {
		m, ok := parseMount(string(line))
		if !ok || !is(m) {
			continue
		}
		top = strings.TrimPrefix(path.Clean(m.at), "/")
		group = path.Clean("/" + group)
		rest, inside := strings.CutPrefix(group+"/", strings.TrimSuffix(m.root, "/")+"/")
		if !inside {
			return top, top
		}
		return path.Join(top, rest), top
	}
	return "", ""
}

func parseMount(line string) (m mount, ok bool) {
	before, after, ok := strings.Cut(line, " - ")
	b, a := strings.Fields(before), strings.Fields(after)
	if !ok || len(b) < 5 || len(a) < 3 {
		return m, false
	}
	return mount{unescape(b[3]), unescape(b[4]), a[0], a[2]}, true
}

// unescape undoes \040 and its like.
func unescape(s string) string {
	for _, c := range []string{" ", "\t", "\n", `\`} {
		s = strings.ReplaceAll(s, `\0`+strconv.FormatInt(int64(c[0]), 8), c)
		s = strings.ReplaceAll(s, `\`+strconv.FormatInt(int64(c[0]), 8), c)
	}
	return s
}

// cpuMax reads version 2's cpu.max: "150000 100000", or "max 100000".
func cpuMax(root fs.FS, dir string) float64 {
	text, _ := fs.ReadFile(root, path.Join(dir, "cpu.max"))
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	return ratio(f[0], f[1])
}

// cfsQuota reads version 1's cpu.cfs_quota_us, -1 for none, and cpu.cfs_period_us.
func cfsQuota(root fs.FS, dir string) float64 {
	q, _ := fs.ReadFile(root, path.Join(dir, "cpu.cfs_quota_us"))
	p, _ := fs.ReadFile(root, path.Join(dir, "cpu.cfs_period_us"))
	return ratio(string(bytes.TrimSpace(q)), string(bytes.TrimSpace(p)))
}

func ratio(quota, period string) float64 {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return q / p
}
