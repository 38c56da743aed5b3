package pg_test

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/loop"
)

const patience = 30 * time.Second // far beyond anything that should happen

// deep reports whether the long form of a test is wanted: "make deep".
func deep() bool { return os.Getenv("FASTSIPS_DEEP") != "" }

// A rig is loops and a DB.
type rig struct {
	t   testing.TB
	g   *loop.Group
	ops *asyncops.Set
	db  *pg.DB
}

func newRig(t testing.TB, loops int, cfg pg.Config) *rig {
	t.Helper()
	g, err := loop.New(loop.Config{Loops: loops})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	ops := asyncops.NewSet(g, 10*time.Second)
	db, err := pg.New(g, ops, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	return &rig{t, g, ops, db}
}

// An answer is what a query left behind.
type answer struct {
	out      asyncops.Outcome
	rows     [][]string
	cols     int
	ints     []bool // per column
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

// asked waits for one query.
type asked struct {
	began int64
	ch    chan answer
}

func (w *asked) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*pg.Query)
	a := answer{out: out, cols: q.Cols(), affected: q.Affected(), took: time.Duration(l.Now() - w.began), loop: l.Index()}
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
		a.ints = append(a.ints, q.Type(c).IsInt())
	}
	state, message := q.Err()
	a.sqlstate, a.message = string(state), string(message)
	q.Free(l)
	w.ch <- a
}

// begin begins a query on loop i.
func (r *rig) begin(i int, timeout time.Duration, text string) *asked {
	w := &asked{ch: make(chan answer, 1)}
	r.g.Do(i, func(l *loop.Loop) { r.beginOn(l, timeout, text, w) })
	return w
}

func (r *rig) beginOn(l *loop.Loop, timeout time.Duration, text string, w *asked) asyncops.Token {
	w.began = l.Now()
	q := r.db.Query(l)
	q.SetText([]byte(text))
	tok, out, pending := q.Begin(l, timeout, w)
	if !pending {
		w.Resume(l, q, out)
	}
	return tok
}

func (w *asked) await(t testing.TB) answer {
	t.Helper()
	select {
	case a := <-w.ch:
		return a
	case <-time.After(patience):
		t.Fatal("a query never ended")
		panic("unreachable")
	}
}

// ask runs a query on loop 0.
func (r *rig) ask(text string) answer {
	r.t.Helper()
	return r.begin(0, 0, text).await(r.t)
}

// wantRows runs a query that must give rows, written as by flat.
func (r *rig) wantRows(text, rows string) {
	r.t.Helper()
	if a := r.ask(text); a.out != asyncops.Completed || a.flat() != rows {
		r.t.Errorf("%s: %v, want [%s]", text, a, rows)
	}
}

// wantError runs a query that must fail.
func (r *rig) wantError(text, sqlstate string) {
	r.t.Helper()
	if a := r.ask(text); a.out != asyncops.Failed || a.sqlstate != sqlstate || a.message == "" {
		r.t.Errorf("%.100s: %v, want SQLSTATE %s", text, a, sqlstate)
	}
}

// until polls: what it waits for happens in other processes.
func (r *rig) until(what string, ok func(pg.Stats) bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !ok(r.db.Snapshot()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited in vain for %s: %+v", what, r.db.Snapshot())
		}
	}
}

// open waits until n connections are up.
func (r *rig) open(n int64) {
	r.t.Helper()
	r.until(fmt.Sprint(n, " connections"), func(s pg.Stats) bool { return s.Open == n })
}
