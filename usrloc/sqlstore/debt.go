package sqlstore

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A debt is an AoR and those of its contacts whose rows may differ from what is in memory.
type debt struct {
	place   asyncops.Place[debt] // in writer.debts
	aor     []byte
	ids     []uint64
	refused int // how often the database has not taken its rows
}

// memoryOnly is the bit of a contact's flags that keeps it out of the table (FL_MEM).
const memoryOnly = 1

func (w *writer) hash(aor []byte) uint64 { return maphash.Bytes(w.b.seed, aor) }

// owe notes that the rows of some contacts of an AoR are to be written. Aor is copied.
func (w *writer) owe(l *loop.Loop, aor []byte, ids []uint64) {
	d := w.owes[string(aor)]
	if d == nil {
		d = &debt{aor: slices.Clone(aor)}
		w.remember(d)
		w.counts.debts.Add(1)
	}
	for _, id := range ids {
		if len(d.ids) > 64 || !slices.Contains(d.ids, id) {
			d.ids = append(d.ids, id)
		}
	}
	if len(d.ids) > 2*usrloc.MaxRecordContacts {
		slices.Sort(d.ids)
		d.ids = slices.Compact(d.ids)
	}
}

func (w *writer) remember(d *debt) {
	w.owes[string(d.aor)] = d
	w.debts.Push(&d.place, d)
}

// settle takes at most n rows of what d owes; the rest waits for the next time. D is in no
// queue.
func (w *writer) settle(d *debt, n int) part {
	now := d.ids
	if len(now) > n {
		d.ids, now = d.ids[n:], d.ids[:n:n]
		w.debts.Push(&d.place, d)
		w.due++
		w.counts.debts.Add(1) // there are two now
	} else {
		delete(w.owes, string(d.aor))
	}
	x := part{debt: &debt{aor: d.aor, ids: now, refused: d.refused}, aor: d.aor, next: w.domain.Get(d.aor)}
	x.put, x.gone = rowsOf(x.next, now)
	return x
}

// rowsOf tells the contacts of r that are among ids from those of ids that r does not have.
func rowsOf(r usrloc.Record, ids []uint64) (put []usrloc.Contact, gone []uint64) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	found := make([]bool, len(ids))
	var c usrloc.Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		if i, is := slices.BinarySearch(ids, c.ID); is && c.Flags&memoryOnly == 0 {
			put, found[i] = append(put, c), true
		}
	}
	for i, id := range ids {
		if !found[i] {
			gone = append(gone, id)
		}
	}
	return put, gone
}

// maxRefusals is how often a row that the database does not take is tried.
const maxRefusals = 3

// paid is told what came of a debt.
func (w *writer) paid(l *loop.Loop, x *part, p *batch) {
	d := x.debt
	if p.worst == refused {
		d.refused++
	}
	switch {
	case p.worst == carriedOut:
		w.counts.debts.Add(-1)
		return
	case d.refused >= maxRefusals:
		w.counts.debts.Add(-1)
		logRefusal(l, w.t.name, x.aor, p.message)
		return
	case w.owes[string(d.aor)] != nil:
		w.counts.debts.Add(-1)
		w.owe(l, d.aor, d.ids)
	default:
		w.remember(d)
	}
	w.soon(l)
}

func logRefusal(l *loop.Loop, table string, aor, why []byte) {
	l.Log(-1, fmt.Appendf(nil, "ERROR:usrloc: table %s does not take a contact of %q: %s", table, aor, why))
}
