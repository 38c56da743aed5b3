package sqlstore

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
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
	limit time.Duration // of one question
	said  lastLine      // by the driver, of what is wrong

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
		x.limit = 5 * time.Second
		_, err := x.ask(0, []byte("SELECT 1"), nil)
		if x.limit = time.Minute; !noAnswer(err) {
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
		begin(x.set, l, q, x.limit, func(l *loop.Loop, out asyncops.Outcome) {
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

// read reads a table in as many parts as there are loops, side by side. Each part goes page
// by page: two loops in turn ask for one, and look at it while the database makes the next.
func (x *loading) read(t *table) error {
	n := x.group.Len()
	ends, err := x.divide(t, n)
	if err != nil {
		return err
	}
	r := &reading{loading: x, t: t, done: make(chan struct{})}
	r.under.Store(1)
	for i := range n {
		for turn := range 2 {
			p := &page{reading: r, loop: (i + turn) % n, upTo: ends[i+1], rows: rowReader{codec: &x.b.codec}}
			r.pages = append(r.pages, p)
		}
		one, other := r.pages[2*i], r.pages[2*i+1]
		one.next, other.next = other, one
		one.askFor(ends[i])
	}
	r.ended()
	<-r.done
	for _, p := range r.pages {
		x.result.Rows += p.found.Rows
		x.result.Skipped += p.found.Skipped
		x.result.Ended += len(p.gone)
		t.ended = append(t.ended, p.gone...)
		if x.result.Why == nil {
			x.result.Why = p.found.Why
		}
	}
	if err := r.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// divide returns n+1 IDs between which there are about as many rows each; below the first
// and above the last there are none.
func (x *loading) divide(t *table, n int) ([]int64, error) {
	count, err := x.ask(0, t.sql.count, nil)
	if err != nil {
		return nil, err
	}
	ends := []int64{0}
	for i := 1; i < n; i++ {
		text := strconv.AppendInt(append([]byte(nil), t.sql.at...), count[0]*int64(i)/int64(n), 10)
		id, err := x.ask(0, text, nil)
		if err != nil {
			return nil, err
		}
		if id == nil { // there is none
			id = []int64{0}
		}
		ends = append(ends, max(id[0], ends[i-1]))
	}
	return append(ends, math.MaxInt64), nil
}

// A reading is a table that is read.
type reading struct {
	*loading
	t     *table
	pages []*page
	under atomic.Int32 // pages that are asked for or looked at, and one until all parts have begun
	fault atomic.Pointer[error]
	done  chan struct{}
}

// ended says that a page is done with.
func (r *reading) ended() {
	if r.under.Add(-1) == 0 {
		close(r.done)
	}
}

// A page is a query for some rows, and what a loop makes of them. It is used again and again.
type page struct {
	*reading
	loop  int
	next  *page // whose turn it is next
	upTo  int64 // what is above is another part's
	q     db.Query
	rows  rowReader
	list  []row
	aors  []byte
	gone  []uint64 // IDs of rows whose time is over
	found Loaded
}

// askFor has p's loop ask for what is above an ID.
func (p *page) askFor(above int64) {
	p.under.Add(1)
	p.group.Mailbox(p.loop).Post(&loop.Task{Run: func(l *loop.Loop) { p.ask(l, above) }})
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
		switch id, ok := parseInt(last); {
		case !ok || id <= above:
			err = errID
		case id < p.upTo:
			p.next.askFor(id)
		}
	}
	if err == nil {
		p.take(l.Index())
	} else {
		p.fault.Store(&err)
	}
	p.ended()
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
		if int64(x.ID) > p.upTo {
			break
		}
		if !x.Live(now) {
			p.gone = append(p.gone, x.ID)
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
