package cachedb_sql

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
)

// cleanLater has what is over deleted after cache_clean_period.
func (s *store) cleanLater(l *loop.Loop) { l.After(s.m.clean, s.m.cleaning, s.index) }

// cleanUp deletes it. The next time counts from the answer, so that a slow database is
// not asked again meanwhile.
func (s *store) cleanUp(l *loop.Loop) {
	q := s.db.Query(l)
	s.sql.clean.fill(q, l, new(cachedb.Command))
	c := &cleaning{s}
	if _, out, pending := s.set.Begin(l, q, 0, c); !pending {
		c.Resume(l, q, out)
	}
}

// A cleaning waits for a deletion.
type cleaning struct{ *store }

// Resume has the next one wait.
func (c *cleaning) Resume(l *loop.Loop, o asyncops.Op, _ asyncops.Outcome) {
	q := o.(db.Query)
	logError(l, q, "cache_clean_period")
	q.Free(l)
	c.cleanLater(l)
}
