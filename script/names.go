package script

import (
	"maps"
	"sync"
	"sync/atomic"
)

// names gives names small numbers. New ones come while a script is compiled;
// runs only look up, without a lock.
type names struct {
	adding sync.Mutex
	m      atomic.Pointer[map[string]int32]
}

func newNames() *names {
	n := new(names)
	n.m.Store(&map[string]int32{})
	return n
}

// id returns the number of s, giving it one if it has none.
func (n *names) id(s string) int32 {
	n.adding.Lock()
	defer n.adding.Unlock()
	old := *n.m.Load()
	if id, ok := old[s]; ok {
		return id
	}
	m := maps.Clone(old)
	m[s] = int32(len(m))
	n.m.Store(&m)
	return m[s]
}

// find returns the number of b, if it has one.
func (n *names) find(b []byte) (int32, bool) {
	id, ok := (*n.m.Load())[string(b)]
	return id, ok
}
