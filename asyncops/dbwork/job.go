package dbwork

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// A Job is a query in the hands of a worker, and its result. From Submit to Return it
// is the worker's.
type Job struct {
	Result
	Text  []byte
	Args  db.Args
	Begun time.Time // when the query began; it may have waited since
	Lane  int       // the driver's, 0 at first

	task      loop.Task
	db        *DB
	query     *Query // nil once nobody waits; of the loop
	home      loop.Mailbox
	err       error
	stopped   atomic.Bool
	interrupt atomic.Pointer[context.CancelFunc]
	work      func()
}

// job returns an unused one of l.
func (d *DB) job(l *loop.Loop) *Job {
	j := d.jobs.Get(l)
	if j.db == nil {
		j.db, j.task.Run = d, j.arrive
	}
	return j
}

// free gives j and its result back.
func (j *Job) free(l *loop.Loop) {
	j.trim()
	j.Args.Reset()
	if cap(j.Text) > maxKept {
		j.Text = nil
	}
	j.db.jobs.Put(l, j)
}

// Work returns f bound to j. It does so once for each Job, so f is always the same.
func (j *Job) Work(f func(*Job)) func() {
	if j.work == nil {
		j.work = func() { f(j) }
	}
	return j.work
}

// Stopped reports whether nobody waits any more.
func (j *Job) Stopped() bool { return j.stopped.Load() }

// Context ends when nobody waits any more, which the deadline brings about, or with
// parent. Release it before Return.
func (j *Job) Context(parent context.Context) (ctx context.Context, release func()) {
	ctx, cancel := context.WithCancel(parent)
	j.interrupt.Store(&cancel)
	if j.stopped.Load() {
		cancel()
	}
	return ctx, func() {
		j.interrupt.Store(nil)
		cancel()
	}
}

// stop makes the worker give up.
func (j *Job) stop() {
	j.stopped.Store(true)
	if cancel := j.interrupt.Load(); cancel != nil {
		(*cancel)()
	}
}

// Return brings j home; err says that it failed. The worker has no more to do with it.
func (j *Job) Return(err error) {
	if j.err = err; err != nil {
		j.Clear()
	}
	j.home.Post(&j.task)
}

// arrive takes the result.
func (j *Job) arrive(l *loop.Loop) {
	j.db.states.On(l).judge(l, j)
	if q := j.query; q != nil {
		q.arrived(l)
		return
	}
	j.free(l)
}
