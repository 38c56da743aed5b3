package sqlstore

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// Loaded is what Load has found.
type Loaded struct {
	Rows    int // contacts that are in memory now
	Ended   int // rows whose time was over
	Skipped int // rows that are no contacts, or too many for one AoR
	Why     error
	Took    time.Duration
}

// What Load reads at once.
const (
	pageRows  = 2000
	pageBytes = 64 << 20
)

// A loading reads tables on loops of its own: those of the proxy do not run yet, and nobody
// can send it anything until they do.
type loading struct {
	b     *Backend
	group *loop.Group
	ops   *asyncops.Set
	set   *db.Set
	db    db.Database
	said  lastLine // by the driver, of what is wrong

	result Loaded
}

// Load checks the version of each table, unless skipCheck, and puts its contacts into the
// store; with Only there is nothing to put. Call it before the loops run. Rows whose time is
// over are noted, and deleted once the loops run.
func (b *Backend) Load(skipCheck bool) (Loaded, error) {
	begun := time.Now()
	x := &loading{b: b}
	if err := x.open(); err != nil {
		return Loaded{}, err
	}
	defer x.close()
	for _, t := range b.tables {
		if !skipCheck {
			if err := x.checkVersion(t); err != nil {
				return Loaded{}, err
			}
		}
		if b.cfg.Mode == Only {
			continue
		}
		if err := x.read(t); err != nil {
			return Loaded{}, fmt.Errorf("table %s cannot be read: %w", t.name, err)
		}
	}
	x.result.Took = time.Since(begun)
	b.loaded = x.result
	return x.result, nil
}

func (x *loading) open() (err error) {
	n := x.b.group.Len()
	if x.group, err = loop.New(loop.Config{Loops: n, LogWriter: &x.said}); err != nil {
		return err
	}
	x.ops = asyncops.NewSet(x.group, time.Minute)
	x.set = x.b.cfg.Databases.For(x.group, x.ops)
	if x.db, err = x.set.Open(x.b.cfg.URL); err == nil {
		err = x.group.Start()
	}
	if err != nil {
		x.close()
		return err
	}
	return x.wait()
}

func (x *loading) close() {
	x.set.Close()
	x.group.Stop()
}

// wait gives a database time to come up: it may have been started together with us.
func (x *loading) wait() error {
	for end := time.Now().Add(x.b.cfg.Patience); ; time.Sleep(100 * time.Millisecond) {
		_, err := x.ask(0, []byte("SELECT 1"), nil)
		if !noAnswer(err) {
			return nil // what is wrong will show
		}
		if time.Now().After(end) {
			x.close()
			return fmt.Errorf("the database does not answer: %w%s", err, x.said.text())
		}
	}
}

// A lastLine keeps the last line that was written.
type lastLine struct {
	mu   sync.Mutex
	line []byte
}

func (w *lastLine) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := bytes.TrimSpace(b); len(b) > 0 {
		w.line = append(w.line[:0], b[bytes.LastIndexByte(b, '\n')+1:]...)
	}
	return len(b), nil
}

func (w *lastLine) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) == 0 {
		return ""
	}
	return "; " + string(w.line)
}

// A queryError is why a query has failed.
type queryError struct {
	out            asyncops.Outcome
	state, message string
}

func (e *queryError) Error() string {
	if e.message == "" {
		return e.out.String()
	}
	return fmt.Sprintf("%s (%s)", e.message, e.state)
}

// noAnswer reports whether err is that the database is away.
func noAnswer(err error) bool {
	var e *queryError
	return errors.As(err, &e) && (e.out != asyncops.Failed || strings.HasPrefix(e.state, "08") || strings.HasPrefix(e.state, "57"))
}

func failure(q db.Query, out asyncops.Outcome) error {
	if out == asyncops.Completed {
		return nil
	}
	state, message := q.Err()
	return &queryError{out, string(state), string(message)}
}

// ask asks for numbers: those of the only row, NULL as 0.
func (x *loading) ask(i int, text []byte, bind func(db.Query)) (row []int64, err error) {
	done := make(chan struct{})
	x.group.Do(i, func(l *loop.Loop) {
		q := x.db.Query(l)
		q.SetText(text)
		if bind != nil {
			bind(q)
		}
		begin(x.set, l, q, 5*time.Second, func(l *loop.Loop, out asyncops.Outcome) {
			if err = failure(q, out); err == nil && q.Rows() > 0 {
				for col := range q.Cols() {
					b, _ := q.Value(0, col)
					n, _ := parseInt(b)
					row = append(row, n)
				}
			}
			q.Free(l)
			close(done)
		})
	})
	<-done
	return row, err
}

// begin begins q, and calls end when it has ended.
func begin(s *db.Set, l *loop.Loop, q db.Query, timeout time.Duration, end waiter) {
	if _, out, pending := s.Begin(l, q, timeout, end); !pending {
		end(l, out)
	}
}

type waiter func(*loop.Loop, asyncops.Outcome)

// Resume calls w.
func (w waiter) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) { w(l, out) }

// read reads a table, page by page: each loop in turn asks for one, and looks at it while the
// database makes the next.
func (x *loading) read(t *table) error {
	r := &reading{loading: x, t: t, done: make(chan struct{})}
	for i := range max(x.group.Len(), 2) {
		r.pages = append(r.pages, &page{reading: r, next: i + 1, rows: rowReader{codec: &x.b.codec}})
	}
	r.askFor(0, 0)
	<-r.done
	for _, p := range r.pages {
		x.result.Rows += p.found.Rows
		x.result.Skipped += p.found.Skipped
		x.result.Ended += len(p.ended)
		t.ended = append(t.ended, p.ended...)
		if x.result.Why == nil {
			x.result.Why = p.found.Why
		}
	}
	return r.err
}

// A reading is a table that is read.
type reading struct {
	*loading
	t     *table
	pages []*page
	under atomic.Int32
	err   error // set before done is closed
	done  chan struct{}
}

// A page is a query for some rows, and what a loop makes of them. It is used again and again.
type page struct {
	*reading
	next  int // whose turn it is next
	q     db.Query
	rows  rowReader
	list  []row
	aors  []byte
	ended []uint64
	found Loaded
}

// askFor has page i ask for what is above an ID.
func (r *reading) askFor(i int, above int64) {
	r.under.Add(1)
	i %= len(r.pages)
	r.group.Mailbox(i % r.group.Len()).Post(&loop.Task{Run: func(l *loop.Loop) { r.pages[i].ask(l, above) }})
}

func (p *page) ask(l *loop.Loop, above int64) {
	if p.q == nil {
		p.q = p.db.Query(l)
	}
	p.q.SetText(p.t.sql.page)
	p.q.SetBounds(pageRows, pageBytes)
	p.q.Bind(db.IntArg(above))
	begin(p.set, l, p.q, time.Minute, func(l *loop.Loop, out asyncops.Outcome) { p.answer(l, above, out) })
}

// answer has the next page asked for, and looks at this one. The queries are not freed: they
// end with their loops.
func (p *page) answer(l *loop.Loop, above int64, out asyncops.Outcome) {
	err := failure(p.q, out)
	if n := p.q.Rows(); err == nil && n == pageRows {
		last, _ := p.q.Value(n-1, colID)
		if id, ok := parseInt(last); ok && id > above {
			p.askFor(p.next, id)
		} else {
			err = errID
		}
	}
	if err == nil {
		p.take(l.Index())
	} else {
		p.err = err // there is no other page under way, then
	}
	if p.under.Add(-1) == 0 {
		close(p.done)
	}
}

// take puts the rows into the store, as the proxy's loop of the same number, which does not
// run yet.
func (p *page) take(i int) {
	p.decode(p.q)
	p.b.group.Do(i, func(l *loop.Loop) {
		for i := range p.list {
			x := &p.list[i]
			if !p.b.store.Restore(l, p.t.domain, x.aor, &x.Contact, x.stored) {
				p.skip(fmt.Errorf("%s has too many contacts", x.aor))
				continue
			}
			p.found.Rows++
		}
	})
}

// decode makes a page of those rows that are contacts.
func (p *page) decode(q db.Query) {
	now := p.b.cfg.Now()
	p.list, p.aors = p.list[:0], p.aors[:0]
	for i := range q.Rows() {
		var x row
		if err := p.rows.read(q, i, &x); err != nil {
			id, _ := q.Value(i, colID)
			p.skip(fmt.Errorf("row %s: %w", id, err))
			continue
		}
		if !x.Live(now) {
			p.ended = append(p.ended, x.ID)
			continue
		}
		at := len(p.aors)
		p.aors = append(p.aors, x.aor...)
		x.aor = p.aors[at:len(p.aors):len(p.aors)]
		p.list = append(p.list, x)
	}
}

// skip counts a row that is not used.
func (p *page) skip(why error) {
	p.found.Skipped++
	if p.found.Why == nil {
		p.found.Why = why
	}
}
