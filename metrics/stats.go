package metrics

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
)

// Stats are all statistics of a process. Neither looking up nor adding takes a lock,
// so loops may do both: links never change, and a new one goes in front.
type Stats struct {
	seed    maphash.Seed
	buckets [1024]atomic.Pointer[statLink] // by "group:name", and by "name" of the first that has it
	newest  atomic.Pointer[statLink]       // all of them
}

type statLink struct {
	name string
	stat *Stat
	next *statLink
}

// NewStats returns a set without statistics.
func NewStats() *Stats { return &Stats{seed: maphash.MakeSeed()} }

// Add adds statistics. One whose full name is taken is left out; the ones that are
// there afterwards are returned.
func (s *Stats) Add(list ...*Stat) []*Stat {
	there := make([]*Stat, len(list))
	for i, x := range list {
		there[i] = s.AddOne(x)
	}
	return there
}

// AddOne is Add for one.
func (s *Stats) AddOne(x *Stat) *Stat {
	if old := s.put(x.FullName(), x); old != x {
		return old
	}
	if !x.FullOnly {
		s.put(x.Name, x)
	}
	for n := (&statLink{stat: x}); ; {
		n.next = s.newest.Load()
		if s.newest.CompareAndSwap(n.next, n) {
			return x
		}
	}
}

// put enters x under a name, unless that has one; the one that it has is returned.
func (s *Stats) put(name string, x *Stat) *Stat {
	b := s.bucket(maphash.String(s.seed, name))
	for n := (&statLink{name: name, stat: x}); ; {
		n.next = b.Load()
		for old := n.next; old != nil; old = old.next {
			if old.name == name {
				return old.stat
			}
		}
		if b.CompareAndSwap(n.next, n) {
			return x
		}
	}
}

func (s *Stats) bucket(hash uint64) *atomic.Pointer[statLink] {
	return &s.buckets[hash%uint64(len(s.buckets))]
}

// Find returns the statistic called "group:name" or, whatever its group, "name";
// nil if there is none.
func (s *Stats) Find(name string) *Stat { return s.FindBytes([]byte(name)) }

// FindBytes is Find for a name that a script has made.
func (s *Stats) FindBytes(name []byte) *Stat {
	for n := s.bucket(maphash.Bytes(s.seed, name)).Load(); n != nil; n = n.next {
		if n.name == string(name) {
			return n.stat
		}
	}
	return nil
}

// List returns all statistics, group by group.
func (s *Stats) List() (list []*Stat) {
	all := s.inOrder()
	for _, g := range groupsOf(all) {
		list = append(list, ofGroup(all, g)...)
	}
	return list
}

// Groups returns the names of the groups, in the order of their first.
func (s *Stats) Groups() []string { return groupsOf(s.inOrder()) }

// Group returns the statistics of one group; none if there is no such group.
func (s *Stats) Group(name string) []*Stat { return ofGroup(s.inOrder(), name) }

// inOrder returns all in the order of adding.
func (s *Stats) inOrder() (list []*Stat) {
	for n := s.newest.Load(); n != nil; n = n.next {
		list = append(list, n.stat)
	}
	slices.Reverse(list)
	return list
}

func groupsOf(all []*Stat) (groups []string) {
	seen := map[string]bool{}
	for _, x := range all {
		if !seen[x.Group] {
			seen[x.Group] = true
			groups = append(groups, x.Group)
		}
	}
	return groups
}

func ofGroup(all []*Stat, group string) (list []*Stat) {
	for _, x := range all {
		if x.Group == group {
			list = append(list, x)
		}
	}
	return list
}
