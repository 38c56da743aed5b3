package nathelper

import (
	"fmt"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// waits are the SIP pings of a loop that are not answered yet, of contacts of which that
// matters. A contact that is gone is forgotten in the round after.
type waits struct {
	now, before map[uint64]wait // by contact ID: of this round, of the one before
	due         []deadline      // in order; those before first are past
	first       int
}

// A wait is a contact that has not answered.
type wait struct {
	d       *usrloc.Domain
	rec     usrloc.Record // of its AoR when it was pinged
	lost    int           // pings before this one, in a row
	sent    int64         // Loop.Now
	remove  bool
	latency bool
}

// A deadline is when a contact that has lost enough pings is removed.
type deadline struct {
	id uint64
	at int64
}

// sent notes a ping. The one of the round before is lost if it is still there.
func (w *waits) sent(p *pinger, now int64, id uint64, x wait) {
	if w.now == nil {
		w.now = map[uint64]wait{}
	}
	x.sent = now
	if old, ok := w.find(id); ok {
		x.lost = old.lost + 1
		delete(w.before, id)
	}
	w.now[id] = x
	if x.remove && x.lost+1 >= p.set.maxLost {
		w.due = append(w.due, deadline{id, now + int64(p.set.threshold)})
	}
}

func (w *waits) find(id uint64) (x wait, ok bool) {
	if x, ok = w.now[id]; !ok {
		x, ok = w.before[id]
	}
	return x, ok
}

// answered forgets a ping.
func (w *waits) answered(id uint64) (x wait, ok bool) {
	x, ok = w.find(id)
	delete(w.now, id)
	delete(w.before, id)
	return x, ok
}

// turn is the end of a round: who was not pinged in it is not waited for any more.
func (w *waits) turn() { w.before, w.now = w.now, nil }

// overdue removes the contacts that have lost too many pings.
func (p *pinger) overdue(l *loop.Loop, r *round, now int64) {
	w := &r.waits
	for ; w.first < len(w.due) && w.due[w.first].at <= now && r.sent < most; w.first++ {
		due := w.due[w.first]
		x, ok := w.find(due.id)
		if !ok || x.sent+int64(p.set.threshold) != due.at {
			continue
		}
		w.answered(due.id)
		r.sent++
		p.counters[l.Index()].Removed.Inc()
		ch := p.store.NewChange(l, x.d, x.rec.AoR())
		ch.Remove = usrloc.Filter{ID: due.id}
		p.change(l, ch)
		l.Log(3, fmt.Appendf(nil, "INFO:nathelper: a contact of %s is removed: %d pings were not answered", x.rec.AoR(), x.lost+1))
	}
	if w.first == len(w.due) || w.first > 4096 {
		w.due, w.first = append(w.due[:0], w.due[w.first:]...), 0
	}
}
