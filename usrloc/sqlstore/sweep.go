package sqlstore

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// sweep deletes rows whose time is over and that no memory knows. With Only it is all there
// are, every interval; else what Load has found, some at a time, until there are no more.
func (w *writer) sweep(l *loop.Loop) {
	if l.Index() != 0 || w.sweeping {
		return // what Load has found is the first loop's
	}
	n := min(len(w.t.ended), maxRows)
	if n == 0 && w.b.cfg.Mode != Only {
		return
	}
	q := w.b.cfg.DB.Query(l)
	if w.b.cfg.Mode == Only {
		q.SetText(w.t.sql.ended)
	} else {
		q.SetText(w.t.sql.outlive[n])
		for _, id := range w.t.ended[:n] {
			q.Bind(db.IntArg(int64(id)))
		}
	}
	q.Bind(db.IntArg(l.Wall().Unix()))
	w.sweeping = true
	begin(w.b.cfg.Databases, l, q, w.b.cfg.Timeout, func(l *loop.Loop, out asyncops.Outcome) { w.swept(l, q, out, n) })
}

// swept goes on with the next; after a failure when the next interval is over.
func (w *writer) swept(l *loop.Loop, q db.Query, out asyncops.Outcome, n int) {
	w.sweeping = false
	w.counts.ended.Add(uint64(max(q.Affected(), 0)))
	q.Free(l)
	if out != asyncops.Completed {
		w.counts.failed.Add(uint64(max(n, 1)))
	}
	if out != asyncops.Completed || w.b.cfg.Mode == Only {
		return
	}
	if w.t.ended = w.t.ended[n:]; len(w.t.ended) == 0 {
		w.t.ended = nil
	}
	w.sweep(l)
}
