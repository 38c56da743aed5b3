package sqlite

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A job is a query in the hands of a worker, and its result. The worker does not
// know the Query, which may be gone when the answer comes home.
type job struct {
	loop.Task
	result
	db     *DB
	query  *Query // nil once nobody waits; of the loop
	home   loop.Mailbox
	text   []byte
	until  time.Time
	reader bool
	stop   atomic.Bool
	work   func() // run, bound once
}

// job returns an unused one of l.
func (db *DB) job(l *loop.Loop) *job {
	j := db.jobs.Get(l)
	if j.db == nil {
		j.db, j.Run, j.work = db, j.arrive, j.run
		j.maxRows, j.maxBytes = db.cfg.MaxRows, db.cfg.MaxBytes
	}
	return j
}

// free gives j and its result back.
func (j *job) free(l *loop.Loop) {
	j.trim()
	j.db.jobs.Put(l, j)
}

// submit gives j to a worker; false if the queue is full.
func (j *job) submit() bool {
	x := &j.db.writer
	j.reader = j.db.reader.workers != nil && mayRead(j.text)
	if j.reader {
		x = &j.db.reader
	}
	return x.workers.Submit(j.work)
}

// run is what the worker does. A statement that turns out to write moves on to the
// writer.
func (j *job) run() {
	x := &j.db.writer
	if j.reader {
		x = &j.db.reader
	}
	j.reset()
	j.err = x.use(func(c *conn) error {
		c.stop, c.until = &j.stop, j.until
		return c.query(j.text, j.reader, &j.result)
	})
	if errors.Is(j.err, errNotReader) {
		j.reader = false
		if j.db.writer.workers.Submit(j.work) {
			return
		}
		j.err = errClosed
	}
	if j.err != nil {
		j.data, j.cells, j.rows, j.cols = j.data[:0], j.cells[:0], 0, 0
	}
	j.home.Post(&j.Task)
}

// arrive brings the result home.
func (j *job) arrive(l *loop.Loop) {
	j.db.states.On(l).judge(l, j.err)
	if q := j.query; q != nil {
		q.arrived(l)
		return
	}
	j.free(l)
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
