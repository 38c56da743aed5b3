package pg_test

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
)

// again begins its query anew each time it is answered.
type again struct {
	r    *rig
	text []byte
	left int
	done chan struct{}
}

func (w *again) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*pg.Query)
	if n, ok := q.Int(0, 0); out != asyncops.Completed || !ok || n != 42 {
		w.r.t.Errorf("%v: %d, %v", out, n, ok)
	}
	q.Free(l)
	if w.left--; w.left == 0 {
		close(w.done)
		return
	}
	w.begin(l)
}

func (w *again) begin(l *loop.Loop) {
	q := w.r.db.Query(l)
	q.SetText(w.text)
	if _, out, pending := q.Begin(l, 0, w); !pending {
		w.r.t.Error("not pending: ", out)
	}
}

// A query in steady state costs no garbage: text, deadline, socket, result.
func testGarbage(t *testing.T, srv *pgtest.Server) {
	r := newRig(t, 1, pg.Config{URL: srv.URL, MaxConns: 2})
	r.open(2)
	run := func(n int) {
		w := &again{r: r, text: []byte(`SELECT 42, 'text', NULL`), left: n, done: make(chan struct{})}
		r.g.Do(0, w.begin)
		<-w.done
	}
	run(100)
	const n = 1000
	// The loop's goroutine does the work; the run itself costs a few objects.
	perRun := testing.AllocsPerRun(1, func() { run(n) })
	t.Logf("%v allocations for %d queries", perRun, n)
	if perRun > n/20 {
		t.Errorf("%v allocations for %d queries, want 0 per query", perRun, n)
	}
}
