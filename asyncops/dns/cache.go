package dns

import (
	"math"
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// An entry is what one loop knows of one question.
type entry struct {
	name  string
	kind  uint16
	set   records
	until int64       // when it has to be asked for again
	fresh int64       // when the TTL of set runs out
	used  int64       // when somebody last asked for it
	again bool        // somebody did after the first time
	query *query      // nil unless it is being asked
	all   []loop.Addr // see joined
}

// An ask is one operation's interest in one question.
type ask struct {
	who   asker
	entry *entry // the answer is there, unless waiting
	query *query // nil unless waiting
	place asyncops.Place[ask]
}

// An asker is told that the answer has come that one of its asks waited for.
type asker interface{ answered(l *loop.Loop) }

// A verdict says how far a question has come.
type verdict uint8

const (
	known   verdict = iota // the answer is there
	waits                  // answered will be called
	refused                // too many questions
)

// get looks for the answer to a question, for who; key is the type and then the name.
func (s *state) get(l *loop.Loop, a *ask, who asker, key []byte) verdict {
	a.who, a.entry = who, s.find(l, key)
	switch {
	case a.entry == nil:
		s.stats.Overloaded.Inc()
		return refused
	case a.entry.query == nil, s.allDown() && s.stale(l, a.entry):
		return known
	}
	a.query = a.entry.query
	a.query.waiting.Push(&a.place, a)
	return waits
}

// stale reports whether what was known of e counts while no server knows better: its
// records, or that there are none, which the way to other records leads over.
func (s *state) stale(l *loop.Loop, e *entry) bool {
	return e.fresh != 0 && !e.set.failed && l.Now() < e.fresh+int64(s.r.cfg.MaxStale)
}

// learn takes over the answer to e's question; ttl is in seconds, -1 unknown.
func (s *state) learn(l *loop.Loop, e *entry, set records, ttl int64) {
	if set.failed {
		s.stats.Failures.Inc()
		if s.stale(l, e) {
			s.stats.Stale.Inc()
			e.until = l.Now() + int64(s.r.cfg.Failure)
			return
		}
	}
	e.set, e.all = set, nil
	e.until = l.Now() + int64(s.keepFor(&set, ttl))
	e.fresh = e.until
}

// leave gives the interest up. The question goes on: its answer will be remembered.
func (a *ask) leave() {
	if a.query != nil {
		a.query.waiting.Remove(&a.place)
		a.query, a.entry = nil, nil
	}
}

// set is the answer; nothing before there is one.
func (a *ask) set() *records {
	if a.entry == nil || a.query != nil {
		return &noRecords
	}
	return &a.entry.set
}

func (a *ask) reset() { a.entry, a.who = nil, nil }

var noRecords records

// appendKey writes the key of a question in the cache; name is canonical.
func appendKey(dst []byte, kind uint16, name ...[]byte) []byte {
	dst = append(dst, byte(kind>>8), byte(kind))
	for _, n := range name {
		dst = append(dst, n...)
	}
	return dst
}

// find returns what is known of a question or soon will be; nil if too many are asked.
func (s *state) find(l *loop.Loop, key []byte) *entry {
	e := s.known[string(key)]
	if e != nil {
		e.used, e.again = l.Now(), true
	}
	switch {
	case e != nil && e.query != nil:
		s.stats.Coalesced.Inc()
		return e
	case e != nil && l.Now() < e.until:
		s.stats.CacheHits.Inc()
		return e
	case s.closed:
		return nil
	}
	if e == nil {
		if len(s.known) >= s.r.cfg.Names && !s.forget() {
			return nil
		}
		e = &entry{kind: uint16(key[0])<<8 | uint16(key[1]), name: string(key[2:]), used: l.Now()}
	}
	if !s.ask(l, e) {
		if !s.stale(l, e) {
			return nil
		}
		s.stats.Stale.Inc()
	}
	s.known[string(key)] = e
	return e
}

// sample is how many entries forget looks at: it must not take long when all are new.
const sample = 16

// forget makes room: of some entries that nobody waits for it drops the one that is worth
// least.
func (s *state) forget() bool {
	victim, least, seen := "", int64(math.MaxInt64), 0
	for key, e := range s.known { // in any order
		if e.query != nil {
			continue
		}
		if n := e.worth(); n < least {
			victim, least = key, n
		}
		if seen++; seen == sample {
			break
		}
	}
	delete(s.known, victim)
	return seen > 0
}

// worth is greater the later e was asked for. Strangers may have any number of names
// looked up, with any TTL, but none as often as a destination in use. What does not
// exist, and was asked for once, is worth nothing.
func (e *entry) worth() int64 {
	if e.set.empty() && !e.again {
		return 0
	}
	return e.used
}

// keepFor is how long an answer is remembered; ttl is in seconds, -1 unknown.
func (s *state) keepFor(set *records, ttl int64) time.Duration {
	c := &s.r.cfg
	d := time.Duration(max(ttl, 0)) * time.Second
	switch {
	case set.failed, set.empty() && ttl < 0:
		return c.Failure
	case set.empty():
		return max(min(d, c.MaxNegative), c.MinTTL)
	}
	return max(min(d, c.MaxTTL), c.MinTTL)
}

// joined returns the addresses of both entries, which both have some, a's first. It
// makes the list once.
func joined(a, b *entry) []loop.Addr {
	x, y := a.set.addrs, b.set.addrs
	if n := len(x); len(a.all) != n+len(y) || !slices.Equal(a.all[:n], x) || !slices.Equal(a.all[n:], y) {
		a.all = slices.Concat(x, y)
	}
	return a.all
}
