package sqlstore

import (
	"fmt"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A query looks for the rows of one AoR.
type query struct {
	db.Query
	b   *Backend
	aor []byte
}

var (
	_ usrloc.FindOp    = (*query)(nil)
	_ asyncops.Metered = (*query)(nil)
)

func (b *Backend) query(l *loop.Loop, w *writer, aor []byte) *query {
	q := &query{b.cfg.DB.Query(l), b, append([]byte(nil), aor...)}
	q.SetText(w.t.sql.find)
	user, domain := b.codec.split(aor)
	q.Bind(db.TextArg(user))
	if b.codec.useDomain {
		q.Bind(db.TextArg(domain))
	}
	return q
}

// Result makes a record of the rows whose time is not over.
func (q *query) Result(l *loop.Loop, out asyncops.Outcome) (r usrloc.Record, ok bool) {
	defer q.Free(l)
	counts := q.b.counts[l.Index()]
	if out != asyncops.Completed {
		counts.failed.Inc()
		return nil, false
	}
	var (
		list []usrloc.Contact
		kv   []byte
		rows = rowReader{codec: &q.b.codec}
		now  = l.Wall().Unix()
	)
	for i := range q.Rows() {
		var x row
		if err := rows.read(q, i, &x); err != nil {
			counts.skipped.Inc()
			l.Log(-1, fmt.Appendf(nil, "ERROR:usrloc: a row of %q is not used: %v", q.aor, err))
			continue
		}
		if x.Live(now) {
			list = append(list, x.Contact)
		}
		if x.stored != nil {
			kv = x.stored
		}
	}
	return q.b.store.Build(q.aor, kv, list), true
}

// search calls then with what the table has of an AoR.
func (b *Backend) search(l *loop.Loop, w *writer, aor []byte, then func(l *loop.Loop, r usrloc.Record, ok bool)) {
	q := b.query(l, w, aor)
	begin(b.cfg.Databases, l, q, b.cfg.Timeout, func(l *loop.Loop, out asyncops.Outcome) {
		r, ok := q.Result(l, out)
		then(l, r, ok)
	})
}
