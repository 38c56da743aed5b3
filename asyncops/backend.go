package asyncops

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
)

// MaxBackends bounds the names of one kind of operation. What is asked for beyond
// them shares the name [OtherBackends].
const (
	MaxBackends   = 128
	OtherBackends = "other"
)

const maxBackendName = 128 // bytes; longer ones are cut

// A Backend is what operations of one kind ask, for instance op "sql", name
// "db1:5432/opensips". The Table of each loop measures all operations that say they
// ask it, see Metered.
type Backend struct {
	op, name string
	meters   []*Meter // by loop
}

// A Metered Op says what it asks. Table.Begin calls Backend once, on the Op's loop
// after its Start. Nil, or an Op that is not Metered, counts as op "other".
type Metered interface{ Backend() *Backend }

// Op returns the kind of operation: a word in lower case, such as "sql".
func (b *Backend) Op() string { return b.op }

// Name returns which one it is.
func (b *Backend) Name() string { return b.name }

// On returns what l's operations on b have come to.
func (b *Backend) On(l *loop.Loop) *Meter { return b.meters[l.Index()] }

// Meter returns what loop i's operations on b have come to.
func (b *Backend) Meter(i int) *Meter { return b.meters[i] }

// Backend finds or makes the Backend of op with that name. Op is a word of the
// program; name may come from anywhere, for there are at most MaxBackends for each op.
// Any goroutine may call it, loops too: it takes no lock. It is not for every
// operation, so whoever asks often keeps what it returns.
func (s *Set) Backend(op, name string) *Backend {
	name = name[:min(len(name), maxBackendName)]
	for {
		known := s.backends.Load()
		if b := known.find(op, name); b != nil {
			return b
		}
		more := known.with(s.newBackend(op, name))
		if s.backends.CompareAndSwap(known, more) {
			return more.find(op, name)
		}
	}
}

// Backends returns all of them, sorted by op and name.
func (s *Set) Backends() []*Backend {
	list := slices.Collect(maps.Values(s.backends.Load().by))
	slices.SortFunc(list, func(a, b *Backend) int { return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.name, b.name)) })
	return list
}

func (s *Set) newBackend(op, name string) *Backend {
	b := &Backend{op: op, name: name, meters: metrics.PerLoop[Meter](s.loops)}
	for _, m := range b.meters {
		m.of = b
	}
	return b
}

// directory is all Backends. It never changes; a new one replaces it.
type directory struct {
	by    map[opName]*Backend
	names map[string]int // of each op, OtherBackends not counted
}

func newDirectory() *directory {
	return &directory{by: map[opName]*Backend{}, names: map[string]int{}}
}

type opName struct{ op, name string }

// find returns the Backend that op with that name counts for, nil if it is to be made.
func (d *directory) find(op, name string) *Backend {
	if b := d.by[opName{op, name}]; b != nil {
		return b
	}
	if d.names[op] >= MaxBackends {
		return d.by[opName{op, OtherBackends}]
	}
	return nil
}

// with returns d and b, or the one that b has to share its name with.
func (d *directory) with(b *Backend) *directory {
	more := &directory{by: maps.Clone(d.by), names: maps.Clone(d.names)}
	if b.name != OtherBackends && more.names[b.op] < MaxBackends {
		more.names[b.op]++
	} else {
		b.name = OtherBackends
	}
	more.by[opName{b.op, b.name}] = b
	return more
}
