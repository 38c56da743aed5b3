// Package statistics is OpenSIPS's statistics module: counters that a script makes
// and reads, and series of values over the last minutes.
//
// Each loop counts for itself; what is read is the sum. No lock is taken, and a
// script whose names come from messages cannot make counters without bound.
package statistics

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// Groups of statistics that name none: those of the parameter variable, and those that
// are made when they are first used.
const (
	scriptGroup  = "script"
	dynamicGroup = "dynamic"
)

// maxMade bounds the statistics that runs make, all kinds together.
const maxMade = 10_000

// A Module is one loaded statistics.
type Module struct {
	variables []variable
	groups    map[string]bool // that names may have; complete after Start
	profiles  map[string]*profile
	order     []*profile

	group *loop.Group
	all   *metrics.Stats
	made  atomic.Int64 // statistics that runs have made
	slots atomic.Int64 // of the series among them
	iters *script.Slot[iterators]
}

// A variable is a statistic of the parameter of that name.
type variable struct {
	name  string
	fixed bool
}

// New returns the module.
func New() module.Module {
	return &Module{groups: map[string]bool{dynamicGroup: true}, profiles: map[string]*profile{}}
}

var _ module.Starter = (*Module)(nil)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	e.Params.Func("variable", "a statistic of the group script; with /no_reset behind the name it cannot be reset", m.addVariable)
	e.Params.Func("stat_groups", "groups that names in the script may have, with commas", m.addGroups)
	e.Params.Func("stat_series_profile", "how a series is kept: name: algorithm=accumulate|average|percentage window=60 slots=60 group=name percentage_factor=100", m.addProfile)
	m.iters = script.NewSlot[iterators](e.Registry(), nil)
	usual := script.All &^ script.E
	name := script.Str("variable", "name, or group:name")
	e.Funcs = []*script.Func{
		script.Func2("update_stat", "Change a statistic by a number. One that is not there is made. -1: no such group, or too many.", usual,
			name, script.Int("value", "what to add, possibly negative"), m.update),
		script.Func1("reset_stat", "Have a statistic count from 0 again; no_reset ones stay as they are. One that is not there is made.", usual, name, m.reset),
		script.Func2("stat_iter_init", "Begin to go through the statistics of a group. -1: no such group.", usual,
			script.Str("group", "name of the group"), script.Str("iter", "name of the iteration"), m.iterInit),
		script.Func3("stat_iter_next", "Write the next statistic of the group. -1: there is none, or no stat_iter_init was called.", usual,
			script.Out("name", "its name, without the group"), script.Out("val", "its value"), script.Str("iter", "name of the iteration"), m.iterNext),
		script.Func3("update_stat_series", "Feed a value into a series. -1: no such profile, or too many series.", script.All,
			script.Str("profile", "of stat_series_profile"), script.Str("variable", "name of the series, in the profile's group"),
			script.Int("value", "with percentage, positive values count for the part and negative ones against it"), m.updateSeries),
	}
	e.Vars = []*script.Var{{Name: "stat", Inner: script.NeedsInner, Get: m.get, Set: m.set,
		Doc: "value of a statistic, name or group:name; NULL if there is none; whatever is assigned has it count from 0 again"}}
}

func (m *Module) addVariable(text string) error {
	name, flag, has := strings.Cut(text, "/")
	if name == "" || has && !strings.EqualFold(flag, "no_reset") {
		return fmt.Errorf("must be a name, or name/no_reset, not %q", text)
	}
	m.variables = append(m.variables, variable{name, has})
	return nil
}

func (m *Module) addGroups(text string) error {
	for g := range strings.SplitSeq(text, ",") {
		if g = strings.TrimSpace(g); g != "" {
			m.groups[g] = true
		}
	}
	return nil
}

// Start makes the statistics of the configuration.
func (m *Module) Start(e *module.Env) error {
	m.group, m.all = e.Shared.(*proxy.Core).Group, e.Statistics()
	for _, g := range m.all.Groups() {
		m.groups[g] = true
	}
	for _, v := range m.variables {
		m.all.AddOne(m.newStat(scriptGroup, v.name, v.fixed))
	}
	for _, p := range m.order {
		p.slotNanos = p.window.Nanoseconds() / int64(p.slots)
		m.groups[p.group] = true
	}
	m.groups[scriptGroup] = true
	return nil
}

// newStat makes a statistic that each loop counts for itself.
func (m *Module) newStat(group, name string, fixed bool) *metrics.Stat {
	loops := metrics.PerLoop[metrics.Gauge](m.group.Len())
	return &metrics.Stat{Group: group, Name: name, Doc: "of the script", Fixed: fixed,
		Change: func(i int, n int64) { loops[i].Add(n) },
		Read: func() (sum int64) {
			for _, g := range loops {
				sum += g.Load()
			}
			return sum
		}}
}

// find returns the statistic called name; made, unless make is false, if there is
// none. It returns nil if it may not be made, and logs why.
func (m *Module) find(c *script.Ctx, name []byte, make bool) *metrics.Stat {
	if s := m.all.FindBytes(name); s != nil || !make {
		return s
	}
	group, local, ok := strings.Cut(string(name), ":")
	if !ok {
		group, local = dynamicGroup, group
	}
	switch {
	case !m.groups[group]:
		c.LogError("statistics: there is no group %s; modparam stat_groups names the groups", group)
		return nil
	case local == "":
		c.LogError("statistics: a statistic needs a name")
		return nil
	case m.made.Add(1) > maxMade:
		m.made.Add(-1)
		c.LogError("statistics: %d statistics were made already; %s is not", maxMade, name)
		return nil
	}
	return m.all.AddOne(m.newStat(group, local, false))
}

func (m *Module) update(c *script.Ctx, name []byte, n int32) script.Ret {
	if n == 0 {
		return 1
	}
	s := m.find(c, name, true)
	if s == nil {
		return -1
	}
	s.Add(proxy.From(c).Loop().Index(), int64(n))
	return 1
}

func (m *Module) reset(c *script.Ctx, name []byte) script.Ret {
	s := m.find(c, name, true)
	if s == nil {
		return -1
	}
	s.Reset()
	return 1
}

func (m *Module) get(c *script.Ctx, a *script.Arg) script.Value {
	s := m.find(c, a.Name, false)
	if s == nil {
		return script.Null
	}
	return script.IntValue(int32(s.Value()))
}

func (m *Module) set(c *script.Ctx, a *script.Arg, v script.Value) bool {
	if n, isInt := v.AsInt(); !isInt || n != 0 {
		c.Log(1, []byte("statistics: whatever is assigned to a statistic, it becomes 0"))
	}
	return m.reset(c, a.Name) == 1
}
