package pg_test

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// chain makes n queries on loop i, one after the other.
func (r *rig) chain(i, n int) <-chan struct{} {
	text := []byte(`SELECT 42, 'text', NULL`)
	return r.Chain(i, n, func(l *loop.Loop, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
		q := r.db.Query(l)
		q.SetText(text)
		return q.Begin(l, 0, w)
	}, func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
		q := op.(*pg.Query)
		if n, ok := q.Int(0, 0); out != asyncops.Completed || !ok || n != 42 {
			r.T.Errorf("%v: %d, %v", out, n, ok)
		}
		q.Free(l)
	})
}

// A query in steady state costs no garbage: text, deadline, socket, result.
func testGarbage(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	<-r.chain(0, 100)
	const n = 1000
	// The loop's goroutine does the work; the run itself costs a few objects.
	perRun := testing.AllocsPerRun(1, func() { <-r.chain(0, n) })
	t.Logf("%v allocations for %d queries", perRun, n)
	if perRun > n/20 {
		t.Errorf("%v allocations for %d queries, want 0 per query", perRun, n)
	}
}
