package cachedb_local

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/cachedb/memory"
	"github.com/fastsips/fastsips/loop"
)

const (
	defaultCollection = "default"
	defaultBits       = 9 // OpenSIPS's 512
)

// A collection is a table with a name. It does what the stores that lead to it are told.
type collection struct {
	m     *Module
	name  string
	bits  uint
	used  bool
	index uint64
	table *memory.Table

	armed, fresh atomic.Bool // see tick

	// Of the loop that has set armed.
	cursor memory.Cursor
	more   bool
}

var _ cachedb.DB = (*collection)(nil)

// resize takes the logarithm of a size.
func (x *collection) resize(n int) error {
	if n < 0 || n > memory.MaxBits {
		return fmt.Errorf("the size of a collection is from 0 to %d, not %d: it is a power of 2", memory.MaxBits, n)
	}
	x.bits = uint(n)
	return nil
}

// addCollections reads "collection1; collection2/r = 5". What is marked by /r is
// replicated by OpenSIPS.
func (m *Module) addCollections(text string) error {
	var seen []string
	for part := range strings.SplitSeq(text, ";") {
		name, size, sized := strings.Cut(part, "=")
		name = strings.TrimSuffix(strings.TrimSpace(name), "/r")
		if name == "" {
			if sized {
				return errors.New("a collection needs a name")
			}
			continue
		}
		col := m.collection(name)
		if slices.Contains(seen, name) {
			return fmt.Errorf("collection %s is defined twice", name)
		}
		seen = append(seen, name)
		if col == nil {
			col = &collection{name: name, bits: defaultBits}
			m.collections = append(m.collections, col)
		}
		if !sized {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil {
			return fmt.Errorf("%q is not the size of a collection", strings.TrimSpace(size))
		}
		if err := col.resize(n); err != nil {
			return err
		}
	}
	return nil
}

func (m *Module) collection(name string) *collection {
	for _, col := range m.collections {
		if col.name == name {
			return col
		}
	}
	return nil
}

func (m *Module) names(yield func(string) bool) {
	for _, col := range m.collections {
		if !yield(col.name) {
			return
		}
	}
}

// Do carries out a command at once.
func (x *collection) Do(l *loop.Loop, c cachedb.Command) (cachedb.Answer, cachedb.Op) {
	if x.m.threshold > 0 {
		return x.timed(l, c), nil
	}
	return x.do(l, c), nil
}

func (x *collection) do(l *loop.Loop, c cachedb.Command) cachedb.Answer {
	s, t, now := x.m.states.On(l), x.table, l.Now()
	switch c.Verb {
	case cachedb.Fetch:
		v, r := t.Fetch(now, c.Key, s.digits[:])
		return s.read(cachedb.Answer{Status: statuses[r], Value: v})
	case cachedb.Counter:
		n, r := t.Number(now, c.Key)
		return s.read(cachedb.Answer{Status: statuses[r], Number: n})
	case cachedb.Remove:
		s.removes.Inc()
		t.Remove(now, c.Key)
		return cachedb.Answer{}
	case cachedb.SetKey, cachedb.Add:
		a := x.write(now, c)
		if a.Status == cachedb.Full {
			s.prune, _, _ = t.Prune(now, s.prune, pruneLeaves, nil)
			if s.prune.Over() {
				s.prune = memory.Cursor{}
			}
			a = x.write(now, c)
		}
		s.wrote(a)
		if c.TTL > 0 && a.Status == cachedb.OK {
			x.expiring(l)
		}
		return a
	}
	return cachedb.Answer{Status: cachedb.Failed}
}

// pruneLeaves is how much is looked through for keys whose time is over before a key is
// refused for lack of memory.
const pruneLeaves = 32

var statuses = [...]cachedb.Status{memory.OK: cachedb.OK, memory.NotFound: cachedb.NotFound, memory.NotNumber: cachedb.NotNumber, memory.Full: cachedb.Full}

func (x *collection) write(now int64, c cachedb.Command) (a cachedb.Answer) {
	expires := int64(0)
	if c.TTL > 0 {
		expires = now + int64(c.TTL)
	}
	var r memory.Result
	if c.Verb == cachedb.Add {
		a.Number, r = x.table.Add(now, c.Key, c.By, expires)
	} else {
		r = x.table.Store(now, c.Key, c.Value, expires)
	}
	a.Status = statuses[r]
	return a
}
