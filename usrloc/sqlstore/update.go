package sqlstore

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// An update is a change that is waited for. It goes to the home loop of its AoR, waits
// there for those before it, is written, then made in memory, and comes back.
//
// Nobody may wait for it any more: then it is given up if the database has not been asked
// yet. Otherwise it is finished; row and memory are the same in any case.
type update struct {
	usrloc.Carried
	b *Backend

	// of the home loop
	w     *writer
	key   uint64
	place asyncops.Place[update] // in writer.jobs
	id    uint64                 // of new contacts
	now   int64
	old   usrloc.Record
	next  usrloc.Record
	put   []usrloc.Contact // rows
	gone  []uint64         // IDs
}

var _ usrloc.UpdateOp = (*update)(nil)

// Begin makes an operation of ch, unless it is made in memory alone.
func (b *Backend) Begin(l *loop.Loop, ch *usrloc.Change) usrloc.UpdateOp {
	if b.cfg.Mode == WriteBack || ch.MemoryOnly && b.cfg.Mode == WriteThrough || ch.PingID != 0 {
		return nil
	}
	u := &update{b: b, Carried: usrloc.Carried{Store: b.store, Change: ch}}
	u.Arrive = u.arrive
	return u
}

// arrive puts the change behind those of the same AoR that are under way.
func (u *update) arrive(l *loop.Loop) {
	w := u.b.on(l, u.Change.Domain)
	u.w, u.key = w, w.hash(u.Change.AoR)
	if w.lanes.Busy(u.key) {
		w.lanes.Wait(u.key, u)
		return
	}
	w.lanes.Take(u.key)
	if !w.begin(l, u) {
		w.leave(l, u.key)
	}
}

// begin begins a change whose turn it is; false: it has ended at once.
func (w *writer) begin(l *loop.Loop, u *update) bool {
	switch {
	case u.Unwanted():
		u.Finish(l, usrloc.Result{Verdict: usrloc.BackendFailed})
		return false
	case w.b.cfg.Mode == Only:
		w.b.search(l, w, u.Change.AoR, func(l *loop.Loop, old usrloc.Record, ok bool) {
			if !ok {
				u.Finish(l, usrloc.Result{Verdict: usrloc.BackendFailed})
				w.leave(l, u.key)
			} else if !u.apply(l, old) {
				w.leave(l, u.key)
			}
		})
		return true
	}
	return u.apply(l, w.domain.Get(u.Change.AoR))
}

// apply makes rows of the change to old; false: there are none to write, and it has ended.
func (u *update) apply(l *loop.Loop, old usrloc.Record) bool {
	u.now, u.id = l.Wall().Unix(), u.b.store.NextIDs(l, u.Change.Len())
	next, v := usrloc.Apply(old, u.Change, u.now, u.id)
	if v != usrloc.Done {
		u.Finish(l, usrloc.Result{Verdict: v, Record: old})
		return false
	}
	u.old, u.next = old, next
	u.put, u.gone = differences(u.old, u.next, u.put[:0], u.gone[:0])
	if u.rows() == 0 {
		u.remember(l)
		return false
	}
	u.w.jobs.Push(&u.place, u)
	u.w.wake(l)
	return true
}

func (u *update) rows() int { return max(len(u.put), len(u.gone)) }

// written is told what came of the batch that had the change.
func (u *update) written(l *loop.Loop, p *batch) {
	if p.worst == carriedOut {
		u.remember(l)
		return
	}
	if p.worst == refused {
		logRefusal(l, u.w.t.name, u.Change.AoR, p.message)
	}
	if (p.worst == unclear || p.puts > 0 && p.gone > 0) && u.b.cfg.Mode == WriteThrough {
		u.owe(l, u.put, u.gone)
	}
	u.Finish(l, usrloc.Result{Verdict: usrloc.BackendFailed, Record: u.old})
}

// owe has the rows of the change made like the memory, whatever became of them.
func (u *update) owe(l *loop.Loop, put []usrloc.Contact, gone []uint64) {
	ids := append([]uint64(nil), gone...)
	for i := range put {
		ids = append(ids, put[i].ID)
	}
	u.w.owe(l, u.Change.AoR, ids)
	u.w.soon(l)
}

// remember makes the change, which the database has, in memory. That may have changed
// meanwhile: contacts end by themselves, and some changes are not written. Then the change
// is applied to what there is now, and what is different by that is written later.
func (u *update) remember(l *loop.Loop) {
	if u.b.cfg.Mode == Only {
		u.Finish(l, usrloc.Result{Record: u.next})
		return
	}
	d, s := u.Change.Domain, u.b.store
	why := usrloc.ByChange
	if u.Change.MemoryOnly {
		why = usrloc.ByMemoryOnly
	}
	for !s.Swap(l, d, u.old, u.next, why) {
		old := d.Get(u.Change.AoR)
		next, v := usrloc.Apply(old, u.Change, u.now, u.id)
		u.owe(l, u.put, u.gone)
		if v != usrloc.Done {
			u.Finish(l, usrloc.Result{Verdict: v, Record: old})
			return
		}
		u.old, u.next = old, next
		u.put, u.gone = differences(old, next, nil, nil)
		u.owe(l, u.put, u.gone)
	}
	u.Finish(l, usrloc.Result{Record: u.next})
}

// Changed hears of what was changed in memory and not waited for.
func (b *Backend) Changed(l *loop.Loop, d *usrloc.Domain, old, next usrloc.Record, why usrloc.Cause) {
	if why == usrloc.ByMemoryOnly || b.cfg.Mode == Only {
		return
	}
	p := b.posts.Get(l)
	p.diff.reset(old, next)
	if p.ids = p.diff.touched(p.ids[:0]); len(p.ids) == 0 {
		b.posts.Put(l, p)
		return
	}
	aor := old.AoR()
	if old == nil {
		aor = next.AoR()
	}
	p.b, p.d, p.aor = b, d, append(p.aor[:0], aor...)
	home := b.store.Home(d, aor)
	if home == l.Index() {
		p.arrive(l)
		return
	}
	if p.task.Run == nil {
		p.task.Run = p.arrive
	}
	b.group.Mailbox(home).Post(&p.task)
}

// A post tells the home loop of an AoR what to write.
type post struct {
	task loop.Task
	b    *Backend
	d    *usrloc.Domain
	aor  []byte
	ids  []uint64
	diff diff
}

func (p *post) arrive(l *loop.Loop) {
	w := p.b.on(l, p.d)
	w.owe(l, p.aor, p.ids)
	if p.b.cfg.Mode == WriteThrough {
		w.soon(l)
	}
	p.b.posts.Put(l, p)
}

// Find looks in the table, if there is no memory.
func (b *Backend) Find(l *loop.Loop, d *usrloc.Domain, aor []byte) usrloc.FindOp {
	if b.cfg.Mode != Only {
		return nil
	}
	return b.query(l, b.on(l, d), aor)
}
