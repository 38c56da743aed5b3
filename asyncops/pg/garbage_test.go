package pg_test

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// chain makes n queries on loop i, one after the other.
func (r *rig) chain(i, n int) <-chan struct{} {
	text := []byte(`SELECT 42, 'text', NULL /* ;: never worth a name */`)
	return r.chainOf(i, n, func(q *pg.Query) { q.SetText(text) })
}

// chainBound makes n queries with a value.
func (r *rig) chainBound(i, n int) <-chan struct{} {
	text := []byte(`SELECT $1::int, 'text', NULL`)
	return r.chainOf(i, n, func(q *pg.Query) {
		q.SetText(text)
		q.Bind(db.IntArg(42))
	})
}

func (r *rig) chainOf(i, n int, set func(*pg.Query)) <-chan struct{} {
	return r.Chain(i, n, func(l *loop.Loop, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
		q := r.db.Query(l)
		set(q)
		return q.Begin(l, 0, w)
	}, func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
		q := op.(*pg.Query)
		if n, ok := q.Int(0, 0); out != asyncops.Completed || !ok || n != 42 {
			r.T.Errorf("%v: %d, %v", out, n, ok)
		}
		q.Free(l)
	})
}

// A query in steady state costs no garbage: text, values, deadline, socket, result.
func testGarbage(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	const n = 1000
	for name, chain := range map[string]func(i, n int) <-chan struct{}{"plain": r.chain, "bound": r.chainBound} {
		<-chain(0, 100)
		// The loop's goroutine does the work; the run itself costs a few objects.
		perRun := testing.AllocsPerRun(1, func() { <-chain(0, n) })
		t.Logf("%s: %v allocations for %d queries", name, perRun, n)
		if perRun > n/20 {
			t.Errorf("%s: %v allocations for %d queries, want 0 per query", name, perRun, n)
		}
	}
	if s := r.db.Snapshot(); s.Prepared < n {
		t.Errorf("%d of the bound ones executed by name", s.Prepared)
	}
}
