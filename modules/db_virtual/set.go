package db_virtual

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// A mode is how a set's databases are used.
type mode uint8

// The modes, by OpenSIPS's names.
const (
	failover mode = iota // one of them; the next when it is down
	parallel             // all, for what writes; one, for what reads
	round                // one after the other, for what reads or inserts
)

var modes = [...]string{"FAILOVER", "PARALLEL", "ROUND"}

// A set is databases used as one. All loops share it.
type set struct {
	name    string
	mode    mode
	members []*member
	all     *db.Set
	probe   time.Duration
	backend *asyncops.Backend
	queries loop.Pool[query]
	current atomic.Int32 // which one is used
}

// A member is one database of a set.
type member struct {
	db.Database
	url   *db.URL
	until atomic.Int64 // it was down, and is left alone so long, in ns of Loop.Now
	off   atomic.Bool  // by db_virtual:set
}

func (s *set) prepare(all *db.Set, probe time.Duration) {
	s.all, s.probe = all, probe
	s.backend = all.Ops.Backend("sql_virtual", s.name)
	s.queries = loop.NewPool[query](all.Group)
}

// Query returns an empty query.
func (s *set) Query(l *loop.Loop) db.Query {
	q := s.queries.Get(l)
	q.set = s
	return q
}

// Dialect is the first database's. Others get what is said in their own.
func (s *set) Dialect() *db.Dialect { return s.members[0].Dialect() }

// Close has nothing to do: the databases are closed by those who opened them.
func (s *set) Close() {}

// Stats tells which one is used.
func (s *set) Stats() string {
	begun, e := s.backend.Ends()
	return fmt.Sprintf("driver=virtual set=%s mode=%s current=%d queries=%d completed=%d failed=%d timed_out=%d unavailable=%d",
		s.name, modes[s.mode], s.current.Load(), begun, e.Completed, e.Failed, e.TimedOut, e.Unavailable)
}

// usable reports whether x may be asked, and is not known to be down. Time makes it
// usable again; whoever asks then finds out.
func (x *member) usable(now int64) bool { return !x.off.Load() && x.until.Load() <= now }

// next returns the database to be asked when it is the turn of that of index i; -1 if
// there is none left. Tried has a bit for each that was asked. Those that were down a
// moment ago come last: it costs little to ask them.
func (s *set) next(now int64, i int, tried uint64) int {
	last := -1
	for range s.members {
		if x := s.members[i]; tried&(1<<i) == 0 {
			if x.usable(now) {
				return i
			}
			if last < 0 && !x.off.Load() {
				last = i
			}
		}
		i = (i + 1) % len(s.members)
	}
	return last
}

// begin returns the database that a query begins with; -1 for none.
func (s *set) begin(now int64, roundable bool) int {
	i := int(s.current.Load())
	if s.mode == round && roundable {
		i = (i + 1) % len(s.members)
	}
	return s.use(s.next(now, i, 0))
}

// use notes that i is the one that is used from now on.
func (s *set) use(i int) int {
	if i >= 0 {
		s.current.Store(int32(i))
	}
	return i
}

// down notes that member i is.
func (s *set) down(l *loop.Loop, i int) {
	x := s.members[i]
	if x.until.Swap(l.Now()+int64(s.probe)) <= l.Now() {
		s.all.Log().Warn("db_virtual: a database is down", "set", s.name, "database", x.url.String())
	}
}

// up notes that member i has answered.
func (s *set) up(i int) {
	if x := s.members[i]; x.until.Load() != 0 && x.until.Swap(0) != 0 {
		s.all.Log().Info("db_virtual: a database is back", "set", s.name, "database", x.url.String())
	}
}
