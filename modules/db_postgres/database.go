package db_postgres

import (
	"fmt"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/loop"
)

// database fits PostgreSQL to package db.
type database struct{ db *pg.DB }

func (d database) Query(l *loop.Loop) db.Query { return d.db.Query(l) }
func (d database) Dialect() *db.Dialect        { return db.PostgreSQL }
func (d database) Close()                      { d.db.Close() }

func (d database) Stats() string {
	s := d.db.Snapshot()
	return fmt.Sprintf("driver=postgres queries=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d waited=%d pipelined=%d "+
		"queued_behind_slow=%d prepared=%d open=%d connects=%d reconnects=%d in_flight=%d",
		s.Queries, s.Completed, s.Failed, s.TimedOut, s.Overloaded, s.Unavailable, s.Waited, s.Pipelined,
		s.QueuedBehindSlow, s.Prepared, s.Open, s.Connects, s.Reconnects, s.InFlight)
}
