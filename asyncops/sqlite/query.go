package sqlite

import (
	"bytes"
	"strconv"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

type phase uint8

const (
	phaseFreed phase = iota
	phaseNew
	phaseRunning // or waiting for a worker
	phaseEnded
)

// maxText bounds one query's text, in bytes.
const maxText = 1 << 20

// A Query is one statement and its result: an asyncops.Op of the loop it was taken
// on. It may be begun again once it has ended.
type Query struct {
	db       *DB
	text     []byte
	c        asyncops.Completion
	phase    phase
	deadline int64
	job      *job // holds the result once ended; nil if there is none
	err      error
}

var _ asyncops.Metered = (*Query)(nil)

// Backend is the database's.
func (q *Query) Backend() *asyncops.Backend { return q.db.backend }

// Faults of ours, as SQLite would say them.
var (
	errText    = &Error{Code: sqlite3.SQLITE_TOOBIG, Message: "query text is too long or contains a NUL byte"}
	errStopped = &Error{Code: sqlite3.SQLITE_INTERRUPT, Message: "the deadline has passed"}
)

// SetText copies text. It is run as it is, so whatever came from the network must
// have been escaped.
func (q *Query) SetText(text []byte) { q.text = append(q.text[:0], text...) }

// Begin begins q in the Table of the loop in hand, for users that have no script
// run to await it; see asyncops.Table.Begin.
func (q *Query) Begin(l *loop.Loop, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return q.db.ops.On(l).Begin(l, q, timeout, w)
}

// Start gives the query to a worker.
func (q *Query) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if q.phase != phaseNew && q.phase != phaseEnded {
		panic("BUG: query begun while it runs, or after Free")
	}
	s := q.db.states.On(l)
	q.c, q.deadline, q.err, q.phase = c, deadline, nil, phaseRunning
	q.drop(l)
	switch {
	case len(q.text) > maxText || bytes.IndexByte(q.text, 0) >= 0:
		q.err = errText
		q.end(l, asyncops.Failed)
	case !s.breaker.Allow(l.Now()):
		q.err = errUnavailable
		q.end(l, asyncops.Unavailable)
	default:
		q.submit(l)
	}
}

// Reasons why a query was not even tried.
var (
	errUnavailable = &Error{Code: sqlite3.SQLITE_CANTOPEN, Message: "the database has failed too often"}
	errOverloaded  = &Error{Code: sqlite3.SQLITE_BUSY, Message: "too many queries wait"}
)

func (q *Query) submit(l *loop.Loop) {
	j := q.db.job(l)
	j.query, j.home = q, l.Mailbox()
	j.text = append(j.text[:0], q.text...)
	j.until = l.Wall().Add(min(q.db.cfg.BusyTimeout, time.Duration(q.deadline-l.Now())))
	j.stop.Store(false)
	if !j.submit() {
		j.free(l)
		q.err = errOverloaded
		q.end(l, asyncops.Overloaded)
		return
	}
	q.job = j
}

// arrived takes the result.
func (q *Query) arrived(l *loop.Loop) {
	j := q.job
	j.query = nil
	q.err = j.err
	if q.err != nil {
		q.end(l, asyncops.Failed)
		return
	}
	q.end(l, asyncops.Completed)
}

// Cancel interrupts the query; its result will be dropped.
func (q *Query) Cancel(*loop.Loop) {
	if q.phase != phaseRunning {
		return
	}
	q.job.stop.Store(true)
	q.job.query, q.job = nil, nil
	q.phase, q.err = phaseEnded, errStopped
}

// end tells the waiter. Nothing of q may be touched afterwards.
func (q *Query) end(l *loop.Loop, out asyncops.Outcome) {
	q.phase = phaseEnded
	q.c.Done(l, out)
}

// drop gives the result back.
func (q *Query) drop(l *loop.Loop) {
	if q.job != nil {
		q.job.free(l)
		q.job = nil
	}
}

// Rows returns the number of rows.
func (q *Query) Rows() int {
	if q.job == nil {
		return 0
	}
	return q.job.rows
}

// Cols returns the number of columns, also of a result without rows.
func (q *Query) Cols() int {
	if q.job == nil {
		return 0
	}
	return q.job.cols
}

func (q *Query) cell(row, col int) cell { return q.job.cells[row*q.job.cols+col] }

// Value returns a value as text, a blob as it is. It is valid until the query is
// begun again or freed.
func (q *Query) Value(row, col int) (b []byte, null bool) {
	c := q.cell(row, col)
	if c.null {
		return nil, true
	}
	return q.job.data[c.off:c.end:c.end], false
}

// IsInt reports whether a value is an integer. In SQLite that is a property of the
// value, not of the column.
func (q *Query) IsInt(row, col int) bool { return q.cell(row, col).integer }

// Int returns a value as an integer. It reports false for all that is none: NULL,
// and text that looks like one.
func (q *Query) Int(row, col int) (n int64, ok bool) {
	if !q.IsInt(row, col) {
		return 0, false
	}
	b, _ := q.Value(row, col)
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// Affected returns how many rows were inserted, updated, deleted or selected.
func (q *Query) Affected() int64 {
	if q.job == nil {
		return 0
	}
	return q.job.affected
}

// Err returns why the query failed, usually an *Error; nil if it did not.
func (q *Query) Err() error { return q.err }

// Free ends q's life; every []byte taken from it is dead. It must not be running.
func (q *Query) Free(l *loop.Loop) {
	if q.phase != phaseNew && q.phase != phaseEnded {
		panic("BUG: query freed twice or while it runs")
	}
	q.drop(l)
	if cap(q.text) > maxPooled {
		q.text = nil
	}
	q.text, q.err, q.c, q.phase = q.text[:0], nil, asyncops.Completion{}, phaseFreed
	q.db.queries.Put(l, q)
}
