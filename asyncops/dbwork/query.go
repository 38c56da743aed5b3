package dbwork

import (
	"bytes"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

type phase uint8

const (
	phaseFreed phase = iota
	phaseNew
	phaseRunning // or waiting for a worker
	phaseEnded
)

// Bounds of one query.
const (
	maxText = 1 << 20 // bytes
	maxArgs = 1<<16 - 1
	maxSize = 8 << 20 // bytes of all arguments
)

// A Query is one statement and its result: an asyncops.Op of the loop it was taken
// on. It may be begun again once it has ended.
type Query struct {
	db                *DB
	text              []byte
	args              db.Args
	tooMuch           bool // was to be bound
	maxRows, maxBytes int
	c                 asyncops.Completion
	phase             phase
	begun, deadline   int64
	job               *Job // holds the result once ended; nil if there is none
	err               error
	state             []byte // of err, once asked
	message           []byte
}

var _ asyncops.Metered = (*Query)(nil)

// Backend is the database's.
func (q *Query) Backend() *asyncops.Backend { return q.db.backend }

// SetText copies text and forgets what was bound. The text is run as it is: what
// came from the network and is not bound must have been escaped.
func (q *Query) SetText(text []byte) {
	q.text = append(q.text[:0], text...)
	q.args.Reset()
	q.tooMuch = false
}

// Bind copies one more argument.
func (q *Query) Bind(a db.Arg) {
	if q.args.Len() >= maxArgs || q.args.Bytes()+len(a.B) > maxSize {
		q.tooMuch = true
		return
	}
	q.args.Add(a)
}

// SetBounds limits the rows of the result, and the bytes of its values.
func (q *Query) SetBounds(rows, bytes int) { q.maxRows, q.maxBytes = rows, min(bytes, 1<<30) }

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
	q.err, q.state, q.message = nil, nil, nil
	if q.job != nil {
		q.job.Clear()
	}
	q.c, q.begun, q.deadline, q.phase = c, l.Now(), deadline, phaseRunning
	switch {
	case len(q.text) > maxText || bytes.IndexByte(q.text, 0) >= 0:
		q.end(l, asyncops.Failed, ErrText)
	case q.tooMuch:
		q.end(l, asyncops.Failed, ErrArgs)
	case !q.db.states.On(l).breaker.Allow(l.Now()):
		q.end(l, asyncops.Unavailable, ErrUnavailable)
	default:
		q.submit(l)
	}
}

// submit uses the memory of the last result again, if q had one.
func (q *Query) submit(l *loop.Loop) {
	j := q.job
	if q.job = nil; j == nil {
		j = q.db.job(l)
	}
	j.Args.Reset()
	j.query, j.home, j.Lane = q, l.Mailbox(), 0
	j.Text = append(j.Text[:0], q.text...)
	for i := range q.args.Len() {
		j.Args.Add(q.args.At(i))
	}
	j.maxRows, j.maxBytes = q.maxRows, q.maxBytes
	j.Begun = l.Wall()
	j.Clear()
	j.stopped.Store(false)
	if !q.db.driver.Submit(j) {
		j.free(l)
		q.end(l, asyncops.Overloaded, ErrOverloaded)
		return
	}
	q.job = j
}

// arrived takes the result.
func (q *Query) arrived(l *loop.Loop) {
	j := q.job
	j.query = nil
	q.db.slow(time.Duration(l.Now()-q.begun), q.text)
	q.end(l, outcome(j.err), j.err)
}

func outcome(err error) asyncops.Outcome {
	switch err.(type) {
	case nil:
		return asyncops.Completed
	case notSent:
		return asyncops.Unavailable
	}
	return asyncops.Failed
}

// Cancel interrupts the query; its result will be dropped.
func (q *Query) Cancel(l *loop.Loop) {
	if q.phase != phaseRunning {
		return
	}
	q.job.stop()
	q.job.query, q.job = nil, nil
	q.phase, q.err = phaseEnded, ErrDeadline
	if asyncops.WhyCancelled(l, q.deadline) == asyncops.TimedOut {
		q.db.slow(time.Duration(l.Now()-q.begun), q.text)
	}
}

// end tells the waiter. Nothing of q may be touched afterwards.
func (q *Query) end(l *loop.Loop, out asyncops.Outcome, err error) {
	q.phase, q.err = phaseEnded, err
	q.c.Done(l, out)
}

// drop gives the result back.
func (q *Query) drop(l *loop.Loop) {
	q.err, q.state, q.message = nil, nil, nil
	if q.job != nil {
		q.job.free(l)
		q.job = nil
	}
}

// none is the result of a query that has none.
var none Result

func (q *Query) result() *Result {
	if q.job == nil {
		return &none
	}
	return &q.job.Result
}

// Rows, Cols and Name describe the result.
func (q *Query) Rows() int           { return q.result().Rows() }
func (q *Query) Cols() int           { return q.result().Cols() }
func (q *Query) Name(col int) []byte { return q.result().name(col) }

func (q *Query) cell(row, col int) cell { return q.job.cells[row*q.job.Cols()+col] }

// Type is that of a value.
func (q *Query) Type(row, col int) db.Type { return q.cell(row, col).kind }

// Value returns a value as text, a blob as it is. It is valid until the query is
// begun again or freed.
func (q *Query) Value(row, col int) (b []byte, null bool) {
	c := q.cell(row, col)
	if c.end < 0 {
		return nil, true
	}
	return q.job.data[c.off:c.end:c.end], false
}

// Int returns a value as an integer. It reports false for all that is none: NULL,
// and text that looks like one.
func (q *Query) Int(row, col int) (n int64, ok bool) {
	if q.Type(row, col) != db.TypeInt {
		return 0, false
	}
	b, _ := q.Value(row, col) // NULL has no digits
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// Affected returns how many rows were inserted, updated, deleted or selected.
func (q *Query) Affected() int64 { return q.result().Affected }

// LastInsert returns the key that the database gave the last new row; 0: none.
func (q *Query) LastInsert() int64 { return q.result().LastInsert }

// Cause returns why the query failed; nil if it did not.
func (q *Query) Cause() error { return q.err }

// Err is Cause in the driver's words.
func (q *Query) Err() (state, message []byte) {
	if q.err == nil {
		return nil, nil
	}
	if q.state == nil {
		s, m := q.db.driver.Explain(q.err)
		q.state, q.message = []byte(s), []byte(m)
	}
	return q.state, q.message
}

// Free ends q's life; every []byte taken from it is dead. It must not be running.
func (q *Query) Free(l *loop.Loop) {
	if q.phase != phaseNew && q.phase != phaseEnded {
		panic("BUG: query freed twice or while it runs")
	}
	q.drop(l)
	if cap(q.text) > maxKept {
		q.text = nil
	}
	q.SetText(nil)
	q.c, q.phase = asyncops.Completion{}, phaseFreed
	q.db.queries.Put(l, q)
}
