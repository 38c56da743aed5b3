package db_virtual

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// A query is one for a set: it asks one of its databases after the other, until one
// takes it, or all of them side by side. A database that may have carried it out is
// the last that is asked.
type query struct {
	set       *set
	text      []byte
	statement db.Statement // if native
	native    bool
	args      db.Args
	rows      int // bounds, if bounded
	bytes     int
	bounded   bool

	done     asyncops.Completion
	deadline int64
	asked    []*asked
	tried    uint64 // of the set's databases, by index
	answer   db.Query
	fault    string // ours
	over     bool   // it has ended; databases may still be at it
}

var (
	_ db.Native        = (*query)(nil)
	_ asyncops.Metered = (*query)(nil)
)

// asked is a query at one of the databases. It outlives its query, if that has been
// answered by another.
type asked struct {
	db.Query
	set    *set
	q      *query // nil: it is gone
	i      int    // of the database
	token  asyncops.Token
	untold bool // it could not be said in the database's SQL
	ended  bool
	out    asyncops.Outcome
}

// Resume is told how it has ended.
func (a *asked) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
	a.end(l, out)
	switch q := a.q; {
	case q == nil:
		a.Free(l)
	case q.over:
	case q.all():
		q.oneEnded(l)
	default:
		q.goOn(l, a)
	}
}

func (a *asked) end(l *loop.Loop, out asyncops.Outcome) {
	a.ended, a.out = true, out
	switch out {
	case asyncops.Unavailable:
		a.set.down(l, a.i)
	case asyncops.Completed:
		a.set.up(a.i)
	}
}

// refused reports whether nothing of the query has reached the database, which is
// down.
func (a *asked) refused() bool { return a.out == asyncops.Unavailable }

// Backend is the set's.
func (q *query) Backend() *asyncops.Backend { return q.set.backend }

// SetText, SetStatement, Bind and SetBounds keep what the databases will be told.
func (q *query) SetText(text []byte) {
	q.text, q.native = append(q.text[:0], text...), false
	q.args.Reset()
}

func (q *query) SetStatement(s *db.Statement) {
	q.statement, q.native = *s, true
	q.args.Reset()
}

func (q *query) Bind(a db.Arg) { q.args.Add(a) }

func (q *query) SetBounds(rows, bytes int) { q.rows, q.bytes, q.bounded = rows, bytes, true }

// Start asks the first database, or all.
func (q *query) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	q.drop(l)
	q.done, q.deadline = c, deadline
	if q.all() {
		q.askAll(l)
		return
	}
	q.ask(l, q.set.begin(l.Now(), q.kind() != writes))
}

// all reports whether all databases are asked: "insert, update, delete, replace".
func (q *query) all() bool { return q.set.mode == parallel && q.kind() != reads }

// ask asks database i, and further ones while nothing has reached one; -1 for none.
func (q *query) ask(l *loop.Loop, i int) {
	for i >= 0 {
		a := q.begin(l, i)
		if !a.ended {
			return
		}
		if !a.refused() {
			q.end(l, a)
			return
		}
		i = q.after(l, i)
	}
	q.over, q.fault = true, "no database of the set can be asked"
	q.done.Done(l, asyncops.Unavailable)
}

// after returns the database to be asked after i has refused.
func (q *query) after(l *loop.Loop, i int) int {
	return q.set.use(q.set.next(l.Now(), (i+1)%len(q.set.members), q.tried))
}

// goOn takes how a has ended, some time after its begin.
func (q *query) goOn(l *loop.Loop, a *asked) {
	if a.refused() {
		q.ask(l, q.after(l, a.i))
		return
	}
	q.end(l, a)
}

// begin begins q at database i, where it may have ended at once.
func (q *query) begin(l *loop.Loop, i int) *asked {
	x := q.set.members[i]
	a := &asked{Query: x.Query(l), set: q.set, q: q, i: i}
	q.asked = append(q.asked, a)
	q.tried |= 1 << i
	if err := q.tell(x, a.Query); err != nil {
		q.fault = err.Error()
		a.untold = true
		a.end(l, asyncops.Failed)
		return a
	}
	tok, out, pending := q.set.all.Begin(l, a.Query, max(time.Duration(q.deadline-l.Now()), 1), a)
	if a.token = tok; !pending {
		a.end(l, out)
	}
	return a
}

// tell says q in the database's own SQL.
func (q *query) tell(x *member, to db.Query) error {
	if q.native {
		if err := db.Prepare(x, to, &q.statement); err != nil {
			return err
		}
	} else {
		to.SetText(translate(q.text, q.set.Dialect(), x.Dialect()))
	}
	for i := range q.args.Len() {
		to.Bind(q.args.At(i))
	}
	if q.bounded {
		to.SetBounds(q.rows, q.bytes)
	}
	return nil
}

// end answers with what a has.
func (q *query) end(l *loop.Loop, a *asked) {
	if q.over = true; !a.untold {
		q.answer = a.Query
	}
	q.done.Done(l, a.out)
}

// askAll asks every database that is usable.
func (q *query) askAll(l *loop.Loop) {
	for i, x := range q.set.members {
		if x.usable(l.Now()) {
			q.begin(l, i)
		}
	}
	if len(q.asked) == 0 {
		q.ask(l, q.set.next(l.Now(), 0, 0))
		return
	}
	q.oneEnded(l)
}

// oneEnded answers as soon as a database has carried q out, or none will. Those that
// are not ready yet go on by themselves.
func (q *query) oneEnded(l *loop.Loop) {
	pending, best := false, q.asked[0]
	for _, a := range q.asked {
		switch {
		case !a.ended:
			pending = true
		case a.out == asyncops.Completed:
			q.end(l, a)
			return
		case best.refused():
			best = a // whose error says more
		}
	}
	if !pending {
		q.end(l, best)
	}
}

// Cancel gives up.
func (q *query) Cancel(l *loop.Loop) {
	for _, a := range q.asked {
		if !a.ended {
			q.set.all.Ops.On(l).Abandon(l, a.token)
			a.ended, a.out = true, asyncops.TimedOut
		}
	}
	q.over, q.fault = true, "no answer in time"
}

// drop forgets the answers. Databases that have not answered go on, and free their
// queries themselves.
func (q *query) drop(l *loop.Loop) {
	for _, a := range q.asked {
		if a.q = nil; a.ended {
			a.Free(l)
		}
	}
	clear(q.asked)
	q.asked, q.answer, q.fault, q.tried = q.asked[:0], nil, "", 0
	q.over = false
}

// Free ends q's life.
func (q *query) Free(l *loop.Loop) {
	q.drop(l)
	q.args.Reset()
	q.text, q.native, q.bounded, q.done = q.text[:0], false, false, asyncops.Completion{}
	q.statement = db.Statement{}
	q.set.queries.Put(l, q)
}
