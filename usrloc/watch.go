package usrloc

import (
	"bytes"
	"slices"
	"sync/atomic"

	"github.com/fastsips/fastsips/loop"
)

// A Watcher waits for contacts of an AoR.
type Watcher interface {
	// ContactsChanged says that contacts of the AoR have come, been refreshed or gone, once
	// or several times. It is called on the Watcher's own loop, from its mailbox.
	ContactsChanged(l *loop.Loop, w *Watch)
}

// A Watch is somebody's interest in one AoR. It belongs to a loop.
type Watch struct {
	user   Watcher
	store  *Store
	domain *Domain
	aor    []byte
	hash   uint64
	home   loop.Mailbox
	posted atomic.Bool
	closed bool
	task   loop.Task
}

// watches are all of them, in lists by their AoRs' hashes. A list never changes; another is
// put in its place by compare-and-swap.
type watches struct {
	n     atomic.Int64
	lists [watchLists]atomic.Pointer[[]*Watch]
}

const watchLists = 1024

// Watch has w told of changes of an AoR's contacts from now on, until it is closed.
func (s *Store) Watch(l *loop.Loop, d *Domain, aor []byte, w Watcher) *Watch {
	x := &Watch{user: w, store: s, domain: d, aor: bytes.Clone(aor), hash: d.table.hash(aor), home: l.Mailbox()}
	x.task.Run = x.told
	s.watches.n.Add(1)
	s.watches.change(x.hash, func(list []*Watch) []*Watch { return append(list, x) })
	return x
}

// Domain returns the domain that is watched.
func (w *Watch) Domain() *Domain { return w.domain }

// AoR returns the address-of-record that is watched.
func (w *Watch) AoR() []byte { return w.aor }

// Close ends w, on its loop: it is not told any more.
func (w *Watch) Close(*loop.Loop) {
	if w.closed {
		return
	}
	w.closed = true
	w.store.watches.change(w.hash, func(list []*Watch) []*Watch {
		return slices.DeleteFunc(list, func(x *Watch) bool { return x == w })
	})
	w.store.watches.n.Add(-1)
}

func (w *Watch) told(l *loop.Loop) {
	w.posted.Store(false)
	if !w.closed {
		w.user.ContactsChanged(l, w)
	}
}

func (v *watches) change(hash uint64, f func([]*Watch) []*Watch) {
	for at := &v.lists[hash>>8%watchLists]; ; {
		old := at.Load()
		var list []*Watch
		if old != nil {
			list = slices.Clone(*old)
		}
		var next *[]*Watch
		if list = f(list); len(list) > 0 {
			next = &list
		}
		if at.CompareAndSwap(old, next) {
			return
		}
	}
}

// tell posts to everybody who watches an AoR.
func (v *watches) tell(d *Domain, aor []byte) {
	if v.n.Load() == 0 {
		return
	}
	hash := d.table.hash(aor)
	list := v.lists[hash>>8%watchLists].Load()
	if list == nil {
		return
	}
	for _, w := range *list {
		if w.hash == hash && w.domain == d && bytes.Equal(w.aor, aor) && !w.posted.Swap(true) {
			w.home.Post(&w.task)
		}
	}
}
