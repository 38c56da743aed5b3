package pg_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deep reports whether the long form of a test is wanted: "make deep".
func deep() bool { return os.Getenv("FASTSIPS_DEEP") != "" }

// A rig is loops and a DB.
type rig struct {
	*looptest.Rig
	db *pg.DB
}

func newRig(t testing.TB, loops int, cfg pg.Config) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, loops)}
	db, err := pg.New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r.db = db
	t.Cleanup(db.Close)
	r.Start()
	return r
}

// An answer is what a query left behind.
type answer struct {
	out      asyncops.Outcome
	rows     [][]string
	cols     int
	ints     []bool // per column
	kinds    string // name and type of each column
	affected int64
	sqlstate string
	message  string
	took     time.Duration
	loop     int
}

// flat writes rows as "a,b;c,d"; NULL is "NULL".
func (a answer) flat() string {
	var lines []string
	for _, r := range a.rows {
		lines = append(lines, strings.Join(r, ","))
	}
	return strings.Join(lines, ";")
}

func (a answer) String() string {
	return fmt.Sprintf("%v [%s] %d affected %q %q", a.out, a.flat(), a.affected, a.sqlstate, a.message)
}

func read(l *loop.Loop, q *pg.Query, out asyncops.Outcome) answer {
	defer q.Free(l)
	a := answer{out: out, cols: q.Cols(), affected: q.Affected(), loop: l.Index()}
	for r := range q.Rows() {
		row := make([]string, q.Cols())
		for c := range row {
			b, null := q.Value(r, c)
			if row[c] = string(b); null {
				row[c] = "NULL"
			}
		}
		a.rows = append(a.rows, row)
	}
	for c := range q.Cols() {
		a.ints = append(a.ints, q.Type(0, c) == db.TypeInt)
		a.kinds += fmt.Sprintf("%s=%d ", q.Name(c), q.Type(0, c))
	}
	state, message := q.Err()
	a.sqlstate, a.message = string(state), string(message)
	return a
}

type asked = looptest.Pending[answer]

// begin begins a query on loop i.
func (r *rig) begin(i int, timeout time.Duration, text string) (p *asked) {
	r.Group.Do(i, func(l *loop.Loop) { p = r.beginOn(l, timeout, text) })
	return p
}

func (r *rig) beginOn(l *loop.Loop, timeout time.Duration, text string) *asked {
	began, q := l.Now(), r.db.Query(l)
	q.SetText([]byte(text))
	return looptest.BeginOn(r.Rig, l, timeout, q, func(l *loop.Loop, q *pg.Query, out asyncops.Outcome) answer {
		a := read(l, q, out)
		a.took = time.Duration(l.Now() - began)
		return a
	})
}

// ask runs a query on loop 0.
func (r *rig) ask(text string) answer {
	r.T.Helper()
	return r.begin(0, 0, text).Wait()
}

// wantRows runs a query that must give rows, written as by flat.
func (r *rig) wantRows(text, rows string) {
	r.T.Helper()
	if a := r.ask(text); a.out != asyncops.Completed || a.flat() != rows {
		r.T.Errorf("%s: %v, want [%s]", text, a, rows)
	}
}

// wantError runs a query that must fail.
func (r *rig) wantError(text, sqlstate string) {
	r.T.Helper()
	if a := r.ask(text); a.out != asyncops.Failed || a.sqlstate != sqlstate || a.message == "" {
		r.T.Errorf("%.100s: %v, want SQLSTATE %s", text, a, sqlstate)
	}
}

// until polls the counters: what it waits for happens in other processes.
func (r *rig) until(what string, ok func(pg.Stats) bool) {
	r.T.Helper()
	r.Until(what, func() bool { return ok(r.db.Snapshot()) })
}

// open waits until n connections are up.
func (r *rig) open(n int64) {
	r.T.Helper()
	r.until(fmt.Sprint(n, " connections"), func(s pg.Stats) bool { return s.Open == n })
}

// lines is what was logged.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (n *lines) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(b)
}

func (n *lines) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

func (n *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(n, nil)) }
