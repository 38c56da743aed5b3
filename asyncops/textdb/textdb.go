// Package textdb is OpenSIPS's database of text files, for tests and small machines: a
// directory is a database, a file in it a table.
//
// One worker has the tables, in memory. It reads their files before the first query,
// and writes one back, as a whole and in the place of the old file, a second after it
// was changed. The package knows no SQL: a query is a db.Statement, and it looks at
// every row.
package textdb

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
	"github.com/fastsips/fastsips/loop"
)

// Config is fixed once New is called. Zero values mean the defaults.
type Config struct {
	Dir       string        // required
	Look      bool          // before each query: has somebody else changed the file?
	WriteBack time.Duration // after a change; default 1 s
	Queue     int           // queries that wait for the worker; default 1024
	MaxFile   int64         // bytes of a table's file; default 64 MiB
	MaxRows   int           // rows of one result; default 65536
	MaxBytes  int           // bytes of one result's values; default 16 MiB
}

// A DB is one directory.
type DB struct {
	*dbwork.DB
	cfg     Config
	log     *slog.Logger
	workers *asyncops.Workers
	work    func(*dbwork.Job)
	tables  map[string]*table // of the worker, as all that follows
	pending atomic.Bool       // a write was asked for
	closing atomic.Bool
}

// New reads the tables of a directory. A file that is none is said in the log. Call it
// before g.Start.
func New(g *loop.Group, ops *asyncops.Set, cfg Config, log *slog.Logger) (*DB, error) {
	cfg.WriteBack = cmp.Or(max(cfg.WriteBack, 0), time.Second)
	cfg.Queue = cmp.Or(max(cfg.Queue, 0), 1024)
	cfg.MaxFile = cmp.Or(max(cfg.MaxFile, 0), 64<<20)
	d := &DB{cfg: cfg, log: log, tables: map[string]*table{}}
	d.work = d.run
	if err := d.readAll(); err != nil {
		return nil, err
	}
	d.workers = asyncops.NewWorkers(1, cfg.Queue)
	d.DB = dbwork.New(g, ops, dbwork.Config{Name: cfg.Dir, MaxRows: cfg.MaxRows, MaxBytes: cfg.MaxBytes}, d, log)
	return d, nil
}

// readAll reads what looks like a table.
func (d *DB) readAll() error {
	list, err := os.ReadDir(d.cfg.Dir)
	if err != nil {
		return fmt.Errorf("text database: %w", err)
	}
	for _, f := range list {
		if !f.Type().IsRegular() || strings.ContainsAny(f.Name(), ".~") {
			continue
		}
		if _, err := d.load(f.Name()); err != nil {
			d.log.Warn("text database: no table", "error", err)
		}
	}
	return nil
}

// Query returns an unused query of l.
func (d *DB) Query(l *loop.Loop) Query { return Query{d.DB.Query(l)} }

// Submit hands j to the worker.
func (d *DB) Submit(j *dbwork.Job) bool { return d.workers.Submit(j.Work(d.work)) }

// Down is never: a table that cannot be read is its own fault only.
func (d *DB) Down(*dbwork.Job, error) bool { return false }

// Explain gives an SQLSTATE.
func (d *DB) Explain(err error) (state, message string) {
	var own *dbwork.Error
	switch {
	case errors.As(err, &own):
		return own.State, own.Message
	case errors.Is(err, fs.ErrNotExist):
		return "42P01", err.Error()
	}
	return "HY000", err.Error()
}

// run is what the worker does with a query.
func (d *DB) run(j *dbwork.Job) { j.Return(d.execute(j)) }

// table returns a table, as it is on the disk if others may write there.
func (d *DB) table(name string) (*table, error) {
	t := d.tables[name]
	if t != nil && (!d.cfg.Look || t.dirty || !t.changedOnDisk()) {
		return t, nil
	}
	return d.load(name)
}

// load reads a table's file. If it cannot be read, what was read before stays.
func (d *DB) load(name string) (*table, error) {
	if name == "" || strings.ContainsAny(name, "/\x00") || name[0] == '.' {
		return nil, fmt.Errorf("%q is no name of a table", name)
	}
	t, err := readTable(filepath.Join(d.cfg.Dir, name), d.cfg.MaxFile)
	if err != nil {
		return nil, err
	}
	d.tables[name] = t
	return t, nil
}

// changed has a table written back, together with what else changes meanwhile.
func (d *DB) changed(t *table) {
	t.dirty = true
	if d.pending.CompareAndSwap(false, true) {
		d.later()
	}
}

// later has the worker write, or tries again when it is too busy.
func (d *DB) later() {
	time.AfterFunc(d.cfg.WriteBack, func() {
		if !d.closing.Load() && !d.workers.Submit(d.writeBack) {
			d.later()
		}
	})
}

func (d *DB) writeBack() {
	d.pending.Store(false)
	d.write()
}

// write writes all tables that have changed.
func (d *DB) write() (err error) {
	for _, t := range d.tables {
		if t.dirty {
			if e := t.write(); e != nil {
				d.log.Error("text database: table not written", "error", e)
				err = e
			}
		}
	}
	return err
}

// Dump writes what has changed and waits for it, so it is not for loops.
func (d *DB) Dump() error { return d.wait(d.write) }

// Reload reads a table again, or with "" all. One that cannot be read stays as it was.
// It waits, so it is not for loops.
func (d *DB) Reload(name string) error {
	return d.wait(func() (err error) {
		if name != "" {
			_, err = d.load(name)
			return err
		}
		for name := range d.tables {
			if _, e := d.load(name); e != nil {
				err = e
			}
		}
		return err
	})
}

func (d *DB) wait(f func() error) error {
	done := make(chan error, 1)
	if !d.workers.Submit(func() { done <- f() }) {
		return dbwork.ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-time.After(maxWait):
		return dbwork.ErrClosed
	}
}

// maxWait is how long Dump and Reload wait for the worker.
const maxWait = 30 * time.Second

// Close writes what has changed.
func (d *DB) Close() {
	if d.closing.CompareAndSwap(false, true) {
		d.workers.Close()
		d.write() // the worker is gone: the tables are ours
	}
}

// A Query carries out a Statement; see dbwork.
type Query struct{ *dbwork.Query }

var _ db.Native = Query{}

// SetStatement takes a copy of s.
func (q Query) SetStatement(s *db.Statement) { q.SetText(encode(s)) }
