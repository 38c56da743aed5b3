package tune

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/cpus"
	"github.com/fastsips/fastsips/internal/hugepages"
	"github.com/fastsips/fastsips/internal/memlimit"
	"github.com/fastsips/fastsips/internal/procs"
	"golang.org/x/sys/unix"
)

// A Machine is what is known of the machine without measuring.
type Machine struct {
	CPUs       string      `json:"cpus"` // 0-3,8
	Count      int         `json:"cpu_count"`
	Quota      float64     `json:"quota,omitempty"` // processors' worth of time
	QuotaBy    string      `json:"quota_by,omitempty"`
	Nodes      []cpus.Node `json:"memory_nodes,omitempty"`
	Kernel     string      `json:"kernel"`
	Memory     int64       `json:"memory"`               // bytes: what there is, or what a control group grants
	MemoryBy   string      `json:"memory_by"`            // what says so
	RmemMax    int64       `json:"rmem_max"`             // net.core.rmem_max; 0: not known
	HugePages  string      `json:"transparent_hugepage"` // always, madvise, never
	OtherCores float64     `json:"other_busy"`           // processors that were busy before anything was started
	StealCores float64     `json:"steal"`                // likewise, taken by the hypervisor
}

// LookAt reads it, and watches for a while how busy the machine is.
func LookAt(watch time.Duration) (Machine, error) {
	u := cpus.Look()
	m := Machine{CPUs: cpus.FormatList(u.IDs), Count: len(u.IDs), Quota: u.Quota, QuotaBy: u.By, Nodes: u.Nodes,
		RmemMax: number(os.DirFS("/"), "proc/sys/net/core/rmem_max"), HugePages: hugepages.Mode()}
	m.Memory, m.MemoryBy = memlimit.Available()
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	before, err := look()
	if err != nil {
		return m, err
	}
	time.Sleep(watch)
	after, err := look()
	m.OtherCores, m.StealCores = between(before, after)
	return m, err
}

// Cores is how much of the processors there is to share.
func (m Machine) Cores() float64 {
	if m.Quota > 0 {
		return min(m.Quota, float64(m.Count))
	}
	return float64(m.Count)
}

// Busy says why the machine is too busy to be measured; empty if it is not.
func (m Machine) Busy() string {
	switch {
	case m.StealCores > 0.03*float64(m.Count):
		return fmt.Sprintf("the hypervisor takes %.0f %% of the time of its CPUs", 100*m.StealCores/float64(m.Count))
	case m.OtherCores > 0.1*float64(m.Count):
		return fmt.Sprintf("other programs keep %.1f of its %d CPUs busy", m.OtherCores, m.Count)
	}
	return ""
}

// look returns what the processors of our affinity mask have done.
func look() (list []procs.Core, err error) {
	cores, err := procs.Cores()
	if err != nil {
		return nil, err
	}
	ids, err := cpus.Affinity()
	for _, id := range ids {
		if id < len(cores) { // where processors are offline, the numbers do not fit
			list = append(list, cores[id])
		}
	}
	return list, err
}

// between is how many processors were busy in between, and how many were taken away.
func between(before, after []procs.Core) (busy, steal float64) {
	for i := range min(len(before), len(after)) {
		b, s := after[i].Since(before[i])
		busy, steal = busy+b, steal+s
	}
	return busy, steal
}

// number reads a file with one; 0 if there is none.
func number(root fs.FS, name string) int64 {
	text, _ := fs.ReadFile(root, name)
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}
