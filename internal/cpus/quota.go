package cpus

import (
	"bytes"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/cgroup"
)

// quota returns how many processors' worth of time the control groups of this process
// grant, and the directory of the strictest; 0 if there is no limit.
func quota(root fs.FS) (cpus float64, where string) {
	dirs, kind := cgroup.Levels(root, "cpu")
	read := cpuMax
	if kind == cgroup.V1 {
		read = cfsQuota
	}
	for _, dir := range dirs {
		if q := read(root, dir); q > 0 && (cpus == 0 || q < cpus) {
			cpus, where = q, "/"+dir
		}
	}
	return cpus, where
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
