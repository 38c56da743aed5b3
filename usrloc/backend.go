package usrloc

import (
	"context"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Backend keeps contacts besides the memory, or instead of it. There is none in the
// mode single-instance-no-db.
type Backend interface {
	// Begin carries ch out where that has to be waited for: write-through, sql-only,
	// Redis. The Backend has ch from then on, and gives it back to Store.FreeChange. Nil:
	// it is not waited for, and the Store changes its memory at once.
	Begin(l *loop.Loop, ch *Change) UpdateOp
	// Find looks for contacts that are not in memory: sql-only, Redis. Nil: they are.
	Find(l *loop.Loop, d *Domain, aor []byte) FindOp
	// Changed hears, on the loop that did it, that next has taken old's place in memory,
	// by a change that was not waited for (write-back) or since contacts have ended by
	// themselves. It must not wait.
	Changed(l *loop.Loop, d *Domain, old, next Record, why Cause)
	// Flush writes what has not been written yet (usrloc:flush). Not on a loop.
	Flush(ctx context.Context) error
	// Sync makes the table like the memory: all of d, or one AoR of it (usrloc:sync). Not
	// on a loop.
	Sync(ctx context.Context, d *Domain, aor []byte) error
	// Close writes what has not been written yet, within a bounded time. The loops have
	// ended.
	Close() error
}

// A Cause says why a record in memory was replaced.
type Cause uint8

// The causes.
const (
	ByChange     Cause = iota
	ByMemoryOnly       // a Change with MemoryOnly: it is not to be written
	ByExpiry           // contacts have ended by themselves
)

// An UpdateOp is a change under way.
type UpdateOp interface {
	asyncops.Op
	// Result tells what came of it, for the run that waited, and gives the operation up.
	// Out is how it ended: with anything but Completed it is BackendFailed.
	Result(l *loop.Loop, out asyncops.Outcome) Result
}

// A FindOp is a search under way.
type FindOp interface {
	asyncops.Op
	// Result returns what was found, for the run that waited, and gives the operation up.
	// ok is false if the backend did not answer.
	Result(l *loop.Loop, out asyncops.Outcome) (r Record, ok bool)
}

// A Diff is how two records of an AoR differ, by contact IDs. The texts of the contacts
// point into the records.
type Diff struct {
	Inserted, Updated []Contact
	Deleted           []Contact
}

// Compare fills d, whose slices are used again, with how next differs from old.
func (d *Diff) Compare(old, next Record) {
	d.Inserted, d.Updated, d.Deleted = d.Inserted[:0], d.Updated[:0], d.Deleted[:0]
	panic("usrloc: not there yet")
}
