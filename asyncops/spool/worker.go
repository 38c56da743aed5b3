package spool

import (
	"errors"
	"log/slog"
	"os"
	"time"
)

// A worker is what the goroutine has; nobody else touches it.
type worker struct {
	*Spool
	log     *slog.Logger
	journal *journal // nil: rows are in memory only

	rows   []row // the oldest, in their order; later ones are only in the journal
	beyond int   // how many those are
	taken  []row // of the rings, in one turn

	doubting bool      // earlier rows were read from the journal, and may be in the database
	batch    batch     // that is being written
	retryAt  time.Time // not before; zero: at once
	pause    time.Duration
	deadline time.Time // to be over by, once Close was called
	loggedAt time.Time // when the log was last told of rows that are lost or wait
	failing  bool      // the log was told that the database takes nothing
}

const (
	window     = 64 // rows that are written at once
	firstPause = 100 * time.Millisecond
	longPause  = 2 * time.Second
	gather     = 5 * time.Millisecond // how long a batch that is not full waits for more
	logPause   = 10 * time.Second
)

func newWorker(s *Spool) *worker {
	w := &worker{Spool: s, log: s.cfg.Set.Log().With("module", s.cfg.Name)}
	w.batch.init(w)
	return w
}

// openJournal counts what an earlier process has left.
func (w *worker) openJournal() error {
	j, _, err := openJournal(w.cfg.Dir, w.cfg.MaxDisk, w.cfg.Sync)
	if err != nil {
		return err
	}
	w.journal = j
	from := j.next
	for {
		rows, damaged := j.read(nil, 1)
		w.counts.Damaged.Add(uint64(damaged))
		if len(rows) == 0 {
			break
		}
		w.beyond++
	}
	j.behind(from)
	w.counts.Queued.Store(int64(w.beyond))
	w.counts.DiskBytes.Store(j.size)
	if w.doubting = w.beyond > 0; w.doubting {
		w.log.Info("rows of an earlier run are going to be written", "rows", w.beyond)
	}
	return nil
}

// run is the goroutine: it takes what has come, sees that a batch is on its way, and
// sleeps.
func (w *worker) run() {
	defer close(w.ended)
	for {
		if w.closing.Load() && w.deadline.IsZero() {
			w.deadline = time.Now().Add(w.cfg.Patience)
		}
		w.take()
		w.refill()
		wait := w.step()
		if w.over() {
			w.finish()
			return
		}
		w.sleep(wait)
	}
}

// take gets the rows that the loops have put.
func (w *worker) take() {
	w.taken = w.taken[:0]
	for _, r := range w.rings {
		w.taken = r.take(w.taken)
	}
	if len(w.taken) == 0 {
		return
	}
	if w.journal == nil {
		w.remember(w.taken)
		return
	}
	err := w.journal.append(w.taken)
	for i := range w.taken {
		w.taken[i].kept = err == nil
	}
	if err != nil {
		w.tell("the journal of rows cannot be written", "why", err.Error())
	}
	w.counts.DiskBytes.Store(w.journal.size)
	w.remember(w.taken)
	clear(w.taken)
}

// remember keeps rows in memory, behind what is there already. Where there is no room they
// are only in the journal, and where they are not in that either they are lost.
func (w *worker) remember(rows []row) {
	lost := 0
	for i := range rows {
		r := &rows[i]
		switch {
		case w.beyond == 0 && len(w.rows) < w.cfg.MaxRows:
			w.rows = append(w.rows, *r)
		case r.kept:
			if w.beyond == 0 {
				w.journal.behind(w.before(r))
			}
			w.beyond++
			w.counts.Spilled.Add(1)
		default:
			lost++
		}
	}
	if lost > 0 {
		w.counts.Dropped.Add(uint64(lost))
		w.counts.Queued.Add(int64(-lost))
		w.tell("rows are lost: the database does not take them, and there is no more room", "lost", w.counts.Dropped.Load())
	}
}

// before is where a row that was just appended begins.
func (w *worker) before(r *row) position {
	return position{r.end.file, r.end.at - frameHeader - int64(len(r.data))}
}

// refill reads what was only in the journal.
func (w *worker) refill() {
	if w.beyond == 0 || len(w.rows) > w.cfg.MaxRows/2 {
		return
	}
	n := len(w.rows)
	rows, damaged := w.journal.read(w.rows, w.cfg.MaxRows)
	w.rows = rows
	w.beyond -= len(rows) - n
	w.counts.Damaged.Add(uint64(damaged))
	if len(rows) < w.cfg.MaxRows && w.beyond > 0 { // the disk has lost them
		w.counts.Dropped.Add(uint64(w.beyond))
		w.counts.Queued.Add(int64(-w.beyond))
		w.log.Error("rows of the journal cannot be read", "lost", w.beyond)
		w.beyond = 0
	}
}

// step begins a batch if there is reason to, and says how long to sleep; 0: until woken.
func (w *worker) step() time.Duration {
	now := time.Now()
	wait := w.syncJournal()
	switch {
	case w.batch.busy || len(w.rows) == 0:
		return wait
	case now.Before(w.retryAt):
		return sooner(wait, w.retryAt.Sub(now))
	}
	if n := len(w.rows); n < window && !w.batch.retried && !w.closing.Load() && w.batch.waited != n {
		w.batch.waited = n // more may come
		return sooner(wait, gather)
	}
	w.batch.begin()
	return wait
}

func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

func (w *worker) syncJournal() time.Duration {
	if w.journal == nil {
		return 0
	}
	return w.journal.tick()
}

// synced is told that the disk has what was written, or why it has not. A file that is not
// written any more may have been closed.
func (w *worker) synced(err error) {
	w.journal.syncing = false
	if err != nil && !errors.Is(err, os.ErrClosed) {
		w.tell("the journal of rows cannot be synced", "why", err.Error())
	}
}

// written takes the first n rows out: the database has them, or refuses them for good.
func (w *worker) written(n int) {
	var last position
	for i := range w.rows[:n] {
		if w.rows[i].kept {
			last = w.rows[i].end
		}
	}
	left := copy(w.rows, w.rows[n:])
	clear(w.rows[left:])
	w.rows = w.rows[:left]
	w.counts.Queued.Add(int64(-n))
	if last.file == 0 || w.journal == nil {
		return
	}
	if err := w.journal.done(last, left == 0 && w.beyond == 0); err != nil {
		w.tell("progress cannot be noted", "why", err.Error())
	}
	w.counts.DiskBytes.Store(w.journal.size)
}

// sleep waits until there is something to do.
func (w *worker) sleep(wait time.Duration) {
	if !w.deadline.IsZero() {
		wait = sooner(wait, max(time.Until(w.deadline), time.Millisecond))
	}
	var timer <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		timer = t.C
	}
	var synced chan error
	if w.journal != nil {
		synced = w.journal.synced
	}
	w.asleep.Store(true)
	if w.something() && w.asleep.CompareAndSwap(true, false) {
		return
	}
	select {
	case <-w.wake:
		return
	case a := <-w.batch.answers:
		w.batch.answered(a)
	case err := <-synced:
		w.synced(err)
	case <-timer:
	}
	if !w.asleep.CompareAndSwap(true, false) {
		<-w.wake // whoever was quicker has put the token
	}
}

// something reports whether rows have come, or Close was called.
func (w *worker) something() bool {
	for _, r := range w.rings {
		if !r.empty() {
			return true
		}
	}
	return w.closing.Load() && w.deadline.IsZero()
}

// over reports whether all is written, or as much as can be before the end.
func (w *worker) over() bool {
	if w.deadline.IsZero() {
		return false
	}
	empty := len(w.rows) == 0 && w.beyond == 0 && !w.something()
	return !w.batch.busy && (empty || w.failing && w.journal != nil) || !time.Now().Before(w.deadline)
}

// finish says what is left.
func (w *worker) finish() {
	left := len(w.rows) + w.beyond
	switch {
	case left == 0:
	case w.journal == nil:
		w.counts.Dropped.Add(uint64(left))
		w.log.Error("rows are lost: the database has not taken them before the end, and there is no journal", "rows", left)
	default:
		w.log.Warn("rows stay in the journal: the database has not taken them before the end", "rows", left)
	}
	if w.journal != nil {
		if err := w.journal.close(left == 0); err != nil {
			w.log.Error("the journal of rows cannot be closed", "why", err.Error())
		}
	}
}

// tell logs what would be said of every row, now and then.
func (w *worker) tell(text string, args ...any) {
	if now := time.Now(); now.Sub(w.loggedAt) >= logPause {
		w.loggedAt = now
		w.log.Error(text, args...)
	}
}
