package proxy

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Reports say in which state the parts of the proxy are (OpenSIPS's status/report): groups,
// one for a module, of identifiers, each with a status. Groups are there before the loops
// start; identifiers may come and go. Anybody may read and write.
type Reports struct{ groups []*ReportGroup }

// Names that every configuration has.
const (
	CoreReports = "core" // group of the proxy itself
	MainReport  = "main" // identifier of a group that has no other
	AllReports  = "all"  // stands for all identifiers of a group
)

// The states of the proxy itself.
const (
	Terminating  = -2
	Initializing = -1
	Running      = 1
)

// A ReportGroup is what one module reports.
type ReportGroup struct {
	Name string
	list atomic.Pointer[[]*Report]
}

// A Report is an identifier of a group.
type Report struct {
	Name  string
	state atomic.Pointer[ReportState]
}

// A ReportState is what a Report says at some moment; it does not change.
type ReportState struct {
	Status  int // positive: can be used; negative: not; never 0
	Details string
	Lines   []ReportLine // the oldest first
}

// A ReportLine is a remark about what has happened.
type ReportLine struct {
	At   time.Time
	Text string
}

// maxReportLines is how many remarks are kept of each Report.
const maxReportLines = 50

// Group returns the group of a name, making it if it is not there. It is for when modules
// start.
func (r *Reports) Group(name string) *ReportGroup {
	if g := r.Find(name); g != nil {
		return g
	}
	g := &ReportGroup{Name: name}
	g.list.Store(new([]*Report))
	r.groups = append(r.groups, g)
	return g
}

// Find returns a group, in any case; nil if there is none.
func (r *Reports) Find(name string) *ReportGroup {
	for _, g := range r.groups {
		if strings.EqualFold(g.Name, name) {
			return g
		}
	}
	return nil
}

// Groups returns all groups.
func (r *Reports) Groups() []*ReportGroup { return r.groups }

// Check returns the status of an identifier: of main where it is empty; 1 or -1 for all,
// which is as good as the worst; -1 for what is not there.
func (r *Reports) Check(group, identifier string) int {
	g := r.Find(group)
	switch {
	case g == nil || len(g.List()) == 0:
		return -1
	case strings.EqualFold(identifier, AllReports):
		return g.checkAll()
	case identifier == "":
		identifier = MainReport
	}
	if p := g.Find(identifier); p != nil {
		return p.State().Status
	}
	return -1
}

func (g *ReportGroup) checkAll() int {
	for _, p := range g.List() {
		if p.State().Status < 0 {
			return -1
		}
	}
	return 1
}

// List returns the identifiers as they are now.
func (g *ReportGroup) List() []*Report { return *g.list.Load() }

// Find returns an identifier, in any case; nil if there is none.
func (g *ReportGroup) Find(name string) *Report {
	for _, p := range g.List() {
		if strings.EqualFold(p.Name, name) {
			return p
		}
	}
	return nil
}

// Add makes an identifier; one of that name that is there is given a new status.
func (g *ReportGroup) Add(name string, status int, details string) *Report {
	for {
		old := g.list.Load()
		if p := g.Find(name); p != nil {
			p.Set(status, details)
			return p
		}
		p := &Report{Name: name}
		p.state.Store(new(ReportState))
		p.Set(status, details)
		next := append(slices.Clone(*old), p)
		if g.list.CompareAndSwap(old, &next) {
			return p
		}
	}
}

// Remove takes an identifier away.
func (g *ReportGroup) Remove(name string) {
	for {
		old := g.list.Load()
		next := slices.DeleteFunc(slices.Clone(*old), func(p *Report) bool { return strings.EqualFold(p.Name, name) })
		if g.list.CompareAndSwap(old, &next) {
			return
		}
	}
}

// State returns what p says now.
func (p *Report) State() *ReportState { return p.state.Load() }

// Set gives p a status; 0 counts as 1.
func (p *Report) Set(status int, details string) {
	if status == 0 {
		status = 1
	}
	p.change(func(s *ReportState) { s.Status, s.Details = status, details })
}

// Log adds a remark; the oldest of too many goes.
func (p *Report) Log(at time.Time, text string) {
	p.change(func(s *ReportState) {
		s.Lines = append(slices.Clone(s.Lines[max(0, len(s.Lines)+1-maxReportLines):]), ReportLine{at, text})
	})
}

func (p *Report) change(f func(*ReportState)) {
	for {
		old := p.state.Load()
		next := *old
		f(&next)
		if p.state.CompareAndSwap(old, &next) {
			return
		}
	}
}
