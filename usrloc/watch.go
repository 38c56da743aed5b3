package usrloc

import "github.com/fastsips/fastsips/loop"

// A Watcher waits for contacts of an AoR.
type Watcher interface {
	// ContactsChanged says that contacts of the AoR have come, been refreshed or gone, once
	// or several times. It is called on the Watcher's own loop.
	ContactsChanged(l *loop.Loop, w *Watch)
}

// A Watch is somebody's interest in one AoR. It belongs to a loop.
type Watch struct {
	User Watcher
	d    *Domain
	aor  []byte
}

// Watch has w told of changes of an AoR's contacts from now on, until it is closed.
func (s *Store) Watch(l *loop.Loop, d *Domain, aor []byte, w Watcher) *Watch {
	panic("usrloc: not there yet")
}

// Domain and AoR return what is watched.
func (w *Watch) Domain() *Domain { return w.d }

// AoR returns the address-of-record that is watched.
func (w *Watch) AoR() []byte { return w.aor }

// Close ends w, on its loop: it is not told any more.
func (w *Watch) Close(l *loop.Loop) { panic("usrloc: not there yet") }
