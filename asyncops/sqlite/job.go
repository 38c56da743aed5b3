package sqlite

import (
	"errors"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// A Query is one statement and its result; see dbwork.
type Query = dbwork.Query

// driver carries out the Jobs of a DB.
type driver struct{ db *DB }

// Lanes of a Job.
const (
	undecided = iota
	toReader
	toWriter
)

// Submit gives j to a worker: a reader, if it looks like it.
func (d driver) Submit(j *dbwork.Job) bool {
	if j.Lane == undecided {
		j.Lane = toWriter
		if d.db.reader.workers != nil && mayRead(j.Text) {
			j.Lane = toReader
		}
	}
	return d.lane(j).workers.Submit(j.Work(d.db.work))
}

func (d driver) lane(j *dbwork.Job) *lane {
	if j.Lane == toReader {
		return &d.db.reader
	}
	return &d.db.writer
}

// run is what the worker does. A statement that turns out to write moves on to the
// writer.
func (d driver) run(j *dbwork.Job) {
	err := d.lane(j).use(func(c *conn) error {
		c.stop, c.until = j.Stopped, time.Now().Add(d.db.cfg.BusyTimeout)
		return c.query(j, j.Lane == toReader)
	})
	if errors.Is(err, errNotReader) {
		j.Lane = toWriter
		if d.Submit(j) {
			return
		}
		err = dbwork.ErrClosed
	}
	j.Return(err)
}

// Down reports whether the database, not the statement, is to blame for err.
func (d driver) Down(_ *dbwork.Job, err error) bool {
	var e *Error
	return errors.As(err, &e) && e.down()
}

// Explain gives SQLite's code, or an SQLSTATE for what we have refused.
func (d driver) Explain(err error) (state, message string) {
	var e *Error
	if errors.As(err, &e) {
		return strconv.Itoa(e.Code), e.Message
	}
	var own *dbwork.Error
	if errors.As(err, &own) {
		return own.State, own.Message
	}
	return "HY000", err.Error()
}

// mayRead says whether text begins like a statement that only reads.
func mayRead(text []byte) bool {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\n' || text[0] == '\r' || text[0] == '(') {
		text = text[1:]
	}
	for _, word := range [...]string{"select", "values", "with", "explain"} {
		if len(text) > len(word) && equalFold(text[:len(word)], word) {
			return true
		}
	}
	return false
}

// equalFold compares b with the lower-case s, in ASCII.
func equalFold(b []byte, s string) bool {
	for i, c := range b {
		if c|0x20 != s[i] {
			return false
		}
	}
	return true
}
