// Package spool writes rows to a database in the background: whoever puts a row goes on at
// once, and the row is there in the end, once, though the database goes away or the process
// is killed.
//
// A row goes from its loop through a ring of bytes to a goroutine, which alone touches
// files. That one appends it to a journal, if there is a folder for one, keeps it in
// memory, and has one loop insert rows in batches, in their order. What memory has no room
// for is only in the journal and is read from there when its turn comes. How far the
// database has got is noted after each batch. Where it is in doubt whether a batch was
// taken, because the answer was lost or the process was, each of its rows is looked for
// first.
//
// Everything is bounded, and what does not fit is counted. The package refuses to wait on a
// loop, and to know what the rows mean.
package spool

import (
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// Config says what a Spool works with.
type Config struct {
	Name     string // in the log
	Set      *db.Set
	DB       db.Database
	Dir      string // of the journal; "": rows are kept in memory only
	MaxDisk  int64  // bytes of the journal
	MaxRows  int    // rows in memory
	Sync     Sync
	Ring     int           // bytes that a loop may put before the goroutine looks; 0: 4 MiB
	Timeout  time.Duration // of one statement; 0: 10 s
	Patience time.Duration // how long Close tries to write what is left; 0: 3 s
}

// A Sync says when the journal is on the disk, and not only with the kernel, which keeps
// it when the process is killed but not when the power fails.
type Sync uint8

// The ways.
const (
	SyncEverySecond Sync = iota
	SyncAlways           // as soon as the one before has ended
	SyncNever
)

// Counts are what became of rows so far, and what there is. Anybody may read them.
type Counts struct {
	Queued    atomic.Int64  // rows that are not in the database yet
	DiskBytes atomic.Int64  // of the journal
	Written   atomic.Uint64 // in the database
	Spilled   atomic.Uint64 // for which memory had no room
	Dropped   atomic.Uint64 // lost: there was no room anywhere
	Rejected  atomic.Uint64 // lost: the database does not take them
	Found     atomic.Uint64 // that were in doubt and turned out to be there
	Retries   atomic.Uint64 // statements that failed and were tried again
	Damaged   atomic.Uint64 // places of the journal that could not be read
}

// A Spool is rows on their way to one database.
type Spool struct {
	cfg    Config
	counts Counts
	rings  []*ring
	worker *worker

	asleep  atomic.Bool // as in loop's inbox: set before the goroutine looks once more
	wake    chan struct{}
	closing atomic.Bool
	started bool
	ended   chan struct{}
}

// Open makes a Spool before the loops run: rows that an earlier process has left in the
// journal come first.
func Open(cfg Config) (*Spool, error) {
	if cfg.Ring == 0 {
		cfg.Ring = 4 << 20
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Patience == 0 {
		cfg.Patience = 3 * time.Second
	}
	s := &Spool{cfg: cfg, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	for range cfg.Set.Group.Len() {
		s.rings = append(s.rings, newRing(cfg.Ring))
	}
	s.worker = newWorker(s)
	if cfg.Dir != "" {
		if err := s.worker.openJournal(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Start begins to write, once the loops run.
func (s *Spool) Start() {
	s.started = true
	go s.worker.run()
}

// Counts returns the counters.
func (s *Spool) Counts() *Counts { return &s.counts }

// Put takes a copy of a row that was made by [AppendShape] and its companions. False: the
// goroutine does not keep up, and the row is lost and counted.
func (s *Spool) Put(l *loop.Loop, row []byte) bool {
	if len(row) > maxRow || !s.rings[l.Index()].put(row) {
		s.counts.Dropped.Add(1)
		return false
	}
	s.counts.Queued.Add(1)
	s.notify()
	return true
}

// notify wakes the goroutine if it sleeps. Whoever swaps asleep puts the one token into
// wake, so that never blocks.
func (s *Spool) notify() {
	if s.asleep.Load() && s.asleep.CompareAndSwap(true, false) {
		s.wake <- struct{}{}
	}
}

// Close writes what is left, for as long as Patience, while the loops still run. What the
// database has not taken then stays in the journal; without one it is lost, and the log
// says how much.
func (s *Spool) Close() {
	if !s.started {
		s.worker.take()
		s.worker.finish()
		return
	}
	s.closing.Store(true)
	s.notify()
	<-s.ended
}
