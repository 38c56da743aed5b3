package sqlstore

import (
	"context"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A stray is a row that memory may not know.
type stray struct {
	aor []byte
	id  uint64
}

// strays makes debts of the rows that memory does not know, and pays them: by then they may
// be known, for a change is in the table before it is in memory.
func (b *Backend) strays(ctx context.Context, d *usrloc.Domain, aor []byte) error {
	for above := int64(0); ; {
		rows, last, err := b.knownRows(ctx, d, aor, above)
		if err != nil {
			return err
		}
		for _, x := range rows {
			if put, _ := rowsOf(d.Get(x.aor), []uint64{x.id}); len(put) > 0 {
				continue
			}
			_, ok := loop.Ask(ctx, b.group, b.store.Home(d, x.aor), func(l *loop.Loop) (none struct{}) {
				b.on(l, d).owe(l, x.aor, []uint64{x.id})
				return none
			})
			if !ok {
				return errStopped
			}
		}
		if above = last; last == 0 || aor != nil {
			return b.Flush(ctx)
		}
	}
}

// knownRows reads which rows there are: those of an AoR, or a page of those with higher IDs
// than above. Last is 0 at the end.
func (b *Backend) knownRows(ctx context.Context, d *usrloc.Domain, aor []byte, above int64) (list []stray, last int64, err error) {
	type found struct {
		list []stray
		last int64
		err  error
	}
	answer := make(chan found, 1)
	_, ok := loop.Ask(ctx, b.group, 0, func(l *loop.Loop) (none struct{}) {
		q := db.Query(nil)
		if t := b.on(l, d).t; aor != nil {
			q = b.query(l, b.on(l, d), aor).Query
		} else {
			q = b.cfg.DB.Query(l)
			q.SetText(t.sql.page)
			q.SetBounds(pageRows, pageBytes)
			q.Bind(db.IntArg(above))
		}
		begin(b.cfg.Databases, l, q, b.cfg.Timeout, func(l *loop.Loop, out asyncops.Outcome) {
			x := found{err: failure(q, out)}
			if x.err == nil {
				x.list, x.last = b.straysOf(q)
			}
			q.Free(l)
			answer <- x
		})
		return none
	})
	if !ok {
		return nil, 0, errStopped
	}
	select {
	case x := <-answer:
		return x.list, x.last, x.err
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
}

func (b *Backend) straysOf(q db.Query) (list []stray, last int64) {
	rows := rowReader{codec: &b.codec}
	for i := range q.Rows() {
		var x row
		err := rows.read(q, i, &x)
		if err == nil {
			list = append(list, stray{append([]byte(nil), x.aor...), x.ID})
		}
		if id, _ := q.Value(i, colID); i == pageRows-1 {
			last, _ = parseInt(id)
		}
	}
	return list, last
}
