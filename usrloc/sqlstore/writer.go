package sqlstore

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/usrloc"
)

// maxFlying is how many batches of one writer are under way at most. What comes meanwhile
// makes the next batch, which is the larger the slower the database is.
const maxFlying = 2

// retryAfter is when debts are tried again after a failure, and when those are paid that
// cannot wait for the interval: what the database may have done or not.
const retryAfter = time.Second

// A writer writes what is in the table of one domain for the AoRs whose home its loop is.
type writer struct {
	b      *Backend
	t      *table
	domain *usrloc.Domain
	counts *counters
	ref    uint64 // of its timers

	lanes    usrloc.Lanes[*update]  // those of AoRs with something under way
	jobs     asyncops.Queue[update] // to be written, in the order of their coming
	debts    asyncops.Queue[debt]   // those who owe, the oldest first
	owes     map[string]*debt       // the same by AoR
	due      int                    // of debts, from the first: to be paid now
	flying   int                    // batches
	began    int64                  // when the debts became due; 0: none are
	task     loop.Task
	woken    bool // task is to run
	retry    timer.Handle
	retries  bool // retry is armed
	sweeping bool
}

func newWriter(b *Backend, t *table, i int) *writer {
	w := &writer{b: b, t: t, domain: t.domain, counts: b.counts[i], ref: uint64(t.index) << 1, owes: map[string]*debt{}}
	w.task.Run = w.run
	return w
}

// What a timer is for.
const (
	tick uint64 = iota
	retry
)

// start has debts paid every interval; the writers take turns.
func (w *writer) start(l *loop.Loop) {
	n := int64(w.b.group.Len() * len(w.b.tables))
	turn := int64(l.Index()*len(w.b.tables) + w.t.index)
	l.After(time.Duration(int64(w.b.cfg.Interval)*(turn+1)/n), w.b.kind, w.ref|tick)
	l.Mailbox().Post(&loop.Task{Run: w.sweep})
}

func (w *writer) timer(l *loop.Loop, what uint64) {
	if what == retry {
		w.retries = false
	} else {
		l.After(w.b.cfg.Interval, w.b.kind, w.ref|tick)
		w.sweep(l)
	}
	w.pay(l)
}

// pay makes all debts due.
func (w *writer) pay(l *loop.Loop) {
	w.due = w.debts.Len()
	if w.due > 0 && w.began == 0 {
		w.began = l.Now()
	}
	w.wake(l)
}

// soon has the debts paid in a moment.
func (w *writer) soon(l *loop.Loop) {
	if !w.retries {
		w.retries = true
		w.retry = l.After(retryAfter, w.b.kind, w.ref|retry)
	}
}

// wake has w look for something to do at the end of this pass: what comes in one pass goes
// in one batch.
func (w *writer) wake(l *loop.Loop) {
	if !w.woken {
		w.woken = true
		l.Defer(&w.task)
	}
}

func (w *writer) run(l *loop.Loop) {
	w.woken = false
	for w.flying < maxFlying {
		p := w.collect()
		if p == nil {
			break
		}
		p.send(l)
	}
	if w.began != 0 && w.due == 0 && w.flying == 0 {
		w.counts.flush.Observe(l.Now() - w.began)
		w.began = 0
	}
}

// collect makes a batch of what there is: changes that are waited for first. Nil: there is
// nothing.
func (w *writer) collect() *batch {
	p := &batch{w: w}
	for u := w.jobs.First(); u != nil && p.rows()+u.rows() <= maxRows || u != nil && p.rows() == 0; u = w.jobs.First() {
		w.jobs.Pop()
		p.add(part{update: u, aor: u.Change.AoR, put: u.put, gone: u.gone, next: u.next})
	}
	for w.due > 0 && p.rows() < maxRows {
		w.due--
		d := w.debts.Pop()
		key := w.hash(d.aor)
		if w.lanes.Busy(key) { // what is under way comes first
			w.debts.Push(&d.place, d)
			continue
		}
		w.lanes.Take(key)
		p.add(w.settle(d, maxRows-p.rows()))
	}
	if len(p.parts) == 0 {
		return nil
	}
	return p
}

// leave says that what was under way for an AoR is at its end: the next change begins.
func (w *writer) leave(l *loop.Loop, key uint64) {
	for u, ok := w.lanes.Next(key); ok; u, ok = w.lanes.Next(key) {
		if w.begin(l, u) {
			return
		}
	}
}

// A batch is changes and debts that go to the database together: one statement writes rows,
// one deletes some, and of each the database does all or nothing.
type batch struct {
	w       *writer
	parts   []part
	puts    int
	gone    int
	tries   int
	left    int // statements that have not ended
	worst   verdict
	message []byte
	scratch scratch
}

// A part is one AoR's share.
type part struct {
	update *update // one of the two
	debt   *debt
	aor    []byte
	put    []usrloc.Contact
	gone   []uint64
	next   usrloc.Record // that put is of
}

func (p *batch) rows() int { return max(p.puts, p.gone) }

func (p *batch) add(x part) {
	p.parts = append(p.parts, x)
	p.puts += len(x.put)
	p.gone += len(x.gone)
}

// send begins the statements. A change of more rows than fit goes in several.
func (p *batch) send(l *loop.Loop) {
	p.w.flying++
	p.left, p.worst = 1, carriedOut
	p.begin(l, p.puts, p.w.t.sql.upsert[:], func(q db.Query, from, to int) { p.bindRows(q, from, to) })
	p.begin(l, p.gone, p.w.t.sql.remove[:], func(q db.Query, from, to int) { p.bindIDs(q, from, to) })
	p.ended(l)
}

func (p *batch) begin(l *loop.Loop, n int, texts [][]byte, bind func(q db.Query, from, to int)) {
	for from := 0; from < n; from += maxRows {
		to := min(from+maxRows, n)
		q := p.w.b.cfg.DB.Query(l)
		q.SetText(texts[to-from])
		bind(q, from, to)
		p.left++
		begin(p.w.b.cfg.Databases, l, q, p.w.b.cfg.Timeout, func(l *loop.Loop, out asyncops.Outcome) { p.answer(l, q, out) })
	}
}

// bindRows binds rows from up to to, of all parts.
func (p *batch) bindRows(q db.Query, from, to int) {
	k := &p.w.b.codec
	at := 0
	for i := range p.parts {
		x := &p.parts[i]
		keeper := keeperOf(x.next)
		for j := range x.put {
			if at >= from && at < to {
				var stored []byte
				if c := &x.put[j]; c.ID == keeper {
					stored = x.next.KV()
				}
				k.bind(q, &p.scratch, x.aor, stored, &x.put[j])
			}
			at++
		}
	}
}

func (p *batch) bindIDs(q db.Query, from, to int) {
	at := 0
	for i := range p.parts {
		for _, id := range p.parts[i].gone {
			if at >= from && at < to {
				q.Bind(db.IntArg(int64(id)))
			}
			at++
		}
	}
}

// answer takes the end of a statement.
func (p *batch) answer(l *loop.Loop, q db.Query, out asyncops.Outcome) {
	if v := verdictOf(p.w.b.cfg.DB.Dialect(), q, out); v != carriedOut {
		_, text := q.Err()
		if v > p.worst || p.message == nil {
			p.message = append(p.message[:0], text...)
		}
		p.worst = max(p.worst, v)
	}
	q.Free(l)
	p.ended(l)
}

// maxTries is how often a batch is sent that stood in another's way.
const maxTries = 4

// ended goes on when the last statement has ended.
func (p *batch) ended(l *loop.Loop) {
	if p.left--; p.left > 0 {
		return
	}
	w := p.w
	w.flying--
	w.wake(l)
	switch p.tries++; {
	case p.worst == carriedOut:
		w.counts.written.Add(uint64(p.puts))
		w.counts.deleted.Add(uint64(p.gone))
	case p.worst == again && p.tries < maxTries:
		p.send(l)
		return
	case p.worst == refused && len(p.parts) > 1:
		p.halve(l)
		return
	default:
		w.counts.failed.Add(uint64(p.puts + p.gone))
	}
	for i := range p.parts {
		x := &p.parts[i]
		key := w.hash(x.aor)
		if x.update != nil {
			x.update.written(l, p)
		} else {
			w.paid(l, x, p)
		}
		w.leave(l, key)
	}
}

// halve finds out whose row it is that the database refuses.
func (p *batch) halve(l *loop.Loop) {
	for _, half := range [][]part{p.parts[:len(p.parts)/2], p.parts[len(p.parts)/2:]} {
		h := &batch{w: p.w}
		for _, x := range half {
			h.add(x)
		}
		h.send(l)
	}
}
