package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats are all statistics of a process. Looking up takes no lock, so loops may;
// adding is rare.
type Stats struct {
	adding sync.Mutex
	all    atomic.Pointer[statIndex]
}

// A statIndex is never changed, only replaced.
type statIndex struct {
	list   []*Stat          // in the order of adding
	byName map[string]*Stat // "group:name", and "name" of the first that has it
	groups []string         // in the order of their first
}

// NewStats returns a set without statistics.
func NewStats() *Stats {
	s := new(Stats)
	s.all.Store(&statIndex{byName: map[string]*Stat{}})
	return s
}

// Add adds statistics. One whose full name is taken is left out; the ones that are
// there afterwards are returned.
func (s *Stats) Add(list ...*Stat) []*Stat {
	s.adding.Lock()
	defer s.adding.Unlock()
	old := s.all.Load()
	next := &statIndex{list: old.list[:len(old.list):len(old.list)], byName: maps.Clone(old.byName), groups: old.groups[:len(old.groups):len(old.groups)]}
	there := make([]*Stat, len(list))
	for i, x := range list {
		there[i] = next.add(x)
	}
	s.all.Store(next)
	return there
}

func (x *statIndex) add(s *Stat) *Stat {
	full := s.FullName()
	if old := x.byName[full]; old != nil {
		return old
	}
	if len(x.group(s.Group)) == 0 {
		x.groups = append(x.groups, s.Group)
	}
	x.list = append(x.list, s)
	x.byName[full] = s
	if x.byName[s.Name] == nil {
		x.byName[s.Name] = s
	}
	return s
}

func (x *statIndex) group(name string) (list []*Stat) {
	for _, s := range x.list {
		if s.Group == name {
			list = append(list, s)
		}
	}
	return list
}

// Find returns the statistic called "group:name" or, whatever its group, "name";
// nil if there is none.
func (s *Stats) Find(name string) *Stat { return s.all.Load().byName[name] }

// FindBytes is Find for a name that a script has made.
func (s *Stats) FindBytes(name []byte) *Stat { return s.all.Load().byName[string(name)] }

// List returns all statistics, group by group.
func (s *Stats) List() []*Stat {
	x := s.all.Load()
	list := make([]*Stat, 0, len(x.list))
	for _, g := range x.groups {
		list = append(list, x.group(g)...)
	}
	return list
}

// Groups returns the names of the groups.
func (s *Stats) Groups() []string { return s.all.Load().groups }

// Group returns the statistics of one group; none if there is no such group.
func (s *Stats) Group(name string) []*Stat { return s.all.Load().group(name) }
