package usrloc

import (
	"bytes"
	"cmp"
	"context"
	"slices"

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

// A Diff is how two records of an AoR differ, by contact IDs and in their order. The texts of
// the contacts point into the records.
type Diff struct {
	Inserted, Updated []Contact // as they are in the newer one
	Deleted           []Contact // as they were in the older one

	was, is []span
}

// Compare fills d, whose slices are used again, with how next differs from old.
func (d *Diff) Compare(old, next Record) {
	d.Inserted, d.Updated, d.Deleted = d.Inserted[:0], d.Updated[:0], d.Deleted[:0]
	d.was, d.is = old.places(d.was[:0]), next.places(d.is[:0])
	var c Contact
	for i, j := 0, 0; i < len(d.was) || j < len(d.is); {
		switch {
		case j == len(d.is) || i < len(d.was) && d.was[i].id < d.is[j].id:
			old.contact(d.was[i].at, &c)
			d.Deleted = append(d.Deleted, c)
			i++
		case i == len(d.was) || d.is[j].id < d.was[i].id:
			next.contact(d.is[j].at, &c)
			d.Inserted = append(d.Inserted, c)
			j++
		default:
			if end := next.contact(d.is[j].at, &c); !bytes.Equal(next[d.is[j].at:end], old[d.was[i].at:d.was[i].end]) {
				d.Updated = append(d.Updated, c)
			}
			i++
			j++
		}
	}
}

// Empty reports whether the records have the same contacts.
func (d *Diff) Empty() bool { return len(d.Inserted)+len(d.Updated)+len(d.Deleted) == 0 }

// A span is where a record has a contact.
type span struct {
	id      uint64
	at, end int
}

// places lists where the contacts are, by ID.
func (r Record) places(list []span) []span {
	var c Contact
	for at, n := 0, r.Len(); n > 0; n-- {
		if at == 0 {
			_, at = r.text(atContent + len(r.AoR()))
		}
		end := r.contact(at, &c)
		list = append(list, span{c.ID, at, end})
		at = end
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.id, b.id) })
	return list
}
