package tune

import (
	"fmt"
	"math/bits"

	"github.com/fastsips/fastsips/internal/cpus"
	"github.com/fastsips/fastsips/internal/memlimit"
)

// A Setting is one thing to set, where, and why.
type Setting struct {
	Place Place  `json:"place"`
	Text  string `json:"text"` // as it is written there
	Why   string `json:"why"`
}

// A Place is where a setting is written.
type Place string

// The places.
const (
	InScript Place = "script"
	InUnit   Place = "unit"   // of systemd, section [Service]
	InSysctl Place = "sysctl" // /etc/sysctl.d
	Nowhere  Place = "none"   // it is right as it is
)

// An Advice is what to set, and what to think of.
type Advice struct {
	Loops    int       `json:"loops"`
	Settings []Setting `json:"settings"`
	Notes    []string  `json:"notes,omitempty"`
}

// What buffers are for: a loop that does not read for so long, at full load. A datagram of
// SIP is charged with 2304 bytes by most drivers, against twice the size that is asked for
// (socket(7)).
const (
	stall       = 0.05 // s: overload_wait
	perDatagram = 2304 / 2
	perCall     = 6 // datagrams that come in
	leastBuffer = 4 << 20
	mostBuffer  = 64 << 20
)

// Advise turns measurements into settings.
func Advise(m Machine, runs []Run) Advice {
	points := Points(runs, m.Cores())
	best, why := Choose(points)
	a := Advice{Loops: best.Loops}
	a.add(InScript, fmt.Sprintf("loops=%d", best.Loops), why)
	a.buffers(m, best, steered(runs))
	a.memory(m)
	a.add(Nowhere, "GOMAXPROCS", "fastsips sets it: one more than there are loops to run at a time")
	a.steering(best, runs)
	a.nodes(m)
	a.doubts(m, runs, best)
	return a
}

func (a *Advice) add(place Place, text, why string) {
	a.Settings = append(a.Settings, Setting{place, text, why})
}

func (a *Advice) note(format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}

// buffers: without steering all that a trunk sends comes to one socket.
func (a *Advice) buffers(m Machine, best Point, steered bool) {
	rate, share := best.Room*perCall, "all of it may come to one socket, as of one trunk without steering"
	if steered {
		rate, share = rate/float64(best.Loops), "shared out over the loops' sockets by steering"
	}
	size := int64(rate * stall * perDatagram)
	size = min(max(int64(1)<<bits.Len64(uint64(max(size, 1)-1)), leastBuffer), mostBuffer)
	a.add(InScript, fmt.Sprintf("maxbuffer=%d", size), fmt.Sprintf("%.0f ms of %.0f messages/s, %s", 1e3*stall, best.Room*perCall, share))
	if m.RmemMax > 0 && m.RmemMax < size {
		a.add(InSysctl, fmt.Sprintf("net.core.rmem_max=%d", size),
			fmt.Sprintf("it is %d, so the kernel grants no more unless fastsips has CAP_NET_ADMIN", m.RmemMax))
	}
}

// memory is what fastsips sets itself, see cmd/fastsips: there is nothing to measure.
func (a *Advice) memory(m Machine) {
	a.add(Nowhere, "GOGC", fmt.Sprintf("fastsips sets %d: the path of a message does not allocate, so collections are rare", memlimit.GCPercent))
	if m.Memory > 0 {
		a.add(Nowhere, "GOMEMLIMIT", fmt.Sprintf("fastsips sets %dMiB, three quarters of what %s grants; Environment=GOMEMLIMIT=... in the unit where other programs need more than the rest",
			memlimit.Limit(m.Memory)>>20, m.MemoryBy))
	}
	if m.HugePages == "never" {
		a.note("the kernel gives no huge pages, which may cost a sixth of the CPU: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled before fastsips starts, and for each boot in /etc/tmpfiles.d")
	} else {
		a.add(Nowhere, "huge pages", fmt.Sprintf("the kernel's mode is %s, and fastsips asks for them where it has to", m.HugePages))
	}
}

func steered(runs []Run) bool {
	for _, r := range runs {
		if r.Steering == "ebpf" || r.Steering == "cbpf" {
			return true
		}
	}
	return false
}

func (a *Advice) steering(best Point, runs []Run) {
	how := ""
	for _, r := range runs {
		if r.Loops > 1 && r.Steering != "" {
			how = r.Steering
		}
	}
	switch {
	case best.Loops == 1:
		a.add(Nowhere, "steering", "there is one loop")
	case how == "ebpf":
		a.add(Nowhere, "steering", "eBPF, the best there is, by the rights of whoever runs this: the service needs CAP_BPF and CAP_NET_ADMIN")
	case how == "cbpf":
		a.add(InUnit, "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN", "steering is by classic BPF, which does not find each Call-ID; eBPF takes these")
	case how != "":
		a.add(InUnit, "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN", "the kernel does not steer: the log of fastsips says why")
	}
}

func (a *Advice) nodes(m Machine) {
	if len(m.Nodes) < 2 {
		return
	}
	a.note("The CPUs belong to %d memory nodes: one fastsips for each, on addresses or machines of their own, does without memory of the others.", len(m.Nodes))
	for _, n := range m.Nodes {
		a.note("  %s: CPUAffinity=%s, NUMAPolicy=bind, NUMAMask=%s; then tune once more there (taskset -c %[2]s fastsips tune)", n.Name, cpus.FormatList(n.IDs), n.Name[len("node"):])
	}
}

// doubts are what may have distorted the figures.
func (a *Advice) doubts(m Machine, runs []Run, best Point) {
	other := median(values(runs, func(r Run) float64 { return r.OtherCores }))
	steal := median(values(runs, func(r Run) float64 { return r.StealCores }))
	if other > 0.1*float64(m.Count) {
		a.note("Other programs kept %.1f CPUs busy meanwhile: measure again when they do not.", other)
	}
	if steal > 0.03*float64(m.Count) {
		a.note("The hypervisor took %.0f %% of the CPUs' time meanwhile: measure again at another time.", 100*steal/float64(m.Count))
	}
	if best.Bad > spoilt {
		a.note("%.0f %% of the calls failed, were refused for overload or repeated: the figures are worth little.", 100*best.Bad)
	}
	if spread := (best.High - best.Low) / best.Rate; spread > 0.3 {
		a.note("The rates with %d loops are %.0f %% apart: a longer run (-d) would tell more.", best.Loops, 100*spread)
	}
	if m.Quota > 0 {
		a.note("The quota of %.2g CPUs (%s) holds for proxy and generator together.", m.Quota, m.QuotaBy)
	}
}
