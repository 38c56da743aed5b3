package tm

import (
	"math/rand/v2"
	"testing"
)

// model is an index beside a Go map that says what it should hold.
type model struct {
	index index
	slab  slab
	want  map[Key]ID
}

func newModel() *model { return &model{want: map[Key]ID{}} }

func (m *model) put(k Key) {
	id, e := m.slab.take()
	e.key = k
	m.index.put(k, id.Index())
	m.want[k] = id
}

func (m *model) remove(k Key) {
	m.index.remove(k, &m.slab)
	m.slab.give(m.want[k].Index())
	delete(m.want, k)
}

func (m *model) toggle(k Key) {
	if _, ok := m.want[k]; ok {
		m.remove(k)
	} else {
		m.put(k)
	}
}

// check looks each key up and each slot over.
func (m *model) check(t *testing.T) {
	t.Helper()
	for k, id := range m.want {
		if at, ok := m.index.find(k, &m.slab); !ok || at != id.Index() {
			t.Fatalf("%v: %d %v, want %d", k, at, ok, id.Index())
		}
	}
	if n := m.index.cur.n + m.index.old.n; n != len(m.want) {
		t.Fatalf("%d entries, want %d", n, len(m.want))
	}
	for _, s := range []*slots{&m.index.cur, &m.index.old} {
		n := 0
		for _, tag := range s.tag {
			if tag != 0 {
				n++
			}
		}
		if n != s.n || 4*n > 3*len(s.slot) {
			t.Fatalf("%d of %d slots are taken, counted %d", n, len(s.slot), s.n)
		}
	}
	for at := range m.index.moved {
		if len(m.index.old.slot) > 0 && m.index.old.tag[at] != 0 {
			t.Fatalf("slot %d of the old ones is not empty, %d were moved", at, m.index.moved)
		}
	}
}

// The index agrees with a map through growth and shrinking, with good keys and
// with keys that nearly all want the same few places, at the seam of the table.
func TestIndexAgreesWithMap(t *testing.T) {
	for name, key := range map[string]func(uint64) Key{
		"spread": func(v uint64) Key { return Key{v, v * 0x9e3779b97f4a7c15} },
		"seam":   func(v uint64) Key { return Key{v, 0xffffffff - v%5 + v%2*4} },
	} {
		t.Run("keys="+name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			m := newModel()
			space := uint64(6000)
			if name == "seam" {
				space = 1200 // each look-up walks along all of them
			}
			for i := range 20000 {
				m.toggle(key(1 + rnd.Uint64N(space)))
				if i%997 == 0 {
					m.check(t)
				}
			}
			m.check(t)
			for k := range m.want {
				m.remove(k)
			}
			m.check(t)
		})
	}
}

// However many entries there are, one insertion moves no more than movesPerStep:
// growing never stops the loop.
func TestIndexGrowsWithoutAPause(t *testing.T) {
	m := newModel()
	grown := 0
	for v := range uint64(100000) {
		before := m.index.old.n
		size := len(m.index.cur.slot)
		m.put(Key{v, v*0x9e3779b97f4a7c15 + 1})
		switch {
		case len(m.index.cur.slot) != size:
			grown++
			if before != 0 {
				t.Fatalf("grew at %d entries while %d were not moved", len(m.want), before)
			}
		case before-m.index.old.n > movesPerStep:
			t.Fatalf("one insertion moved %d entries", before-m.index.old.n)
		}
	}
	if grown < 7 {
		t.Errorf("grew %d times", grown)
	}
	m.check(t)
}

// Growing while the old slots are nearly empty loses nothing.
func TestIndexGrowsAgainAfterRemovals(t *testing.T) {
	m := newModel()
	key := func(v uint64) Key { return Key{v, v << 3} }
	for v := range uint64(769) { // one more than fills 1024 slots
		m.put(key(v + 1))
	}
	if m.index.old.n == 0 {
		t.Fatal("nothing left to move")
	}
	for v := range uint64(700) {
		m.remove(key(v + 1))
	}
	for v := range uint64(4000) {
		m.put(key(v + 10000))
	}
	m.check(t)
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x00\x01\x02"), uint8(3))
	f.Add([]byte("abcabcxyzxyz0123456789"), uint8(0))
	f.Fuzz(func(t *testing.T, ops []byte, fold uint8) {
		m := newModel()
		for v := range uint64(760) { // near the first growth
			m.put(Key{v + 1, v})
		}
		for _, op := range ops {
			k := Key{1000 + uint64(op), uint64(op) % (uint64(fold) + 1)}
			m.toggle(k)
			if op%3 == 0 {
				if old := (Key{uint64(op) + 1, uint64(op)}); m.want[old] != 0 {
					m.remove(old)
				}
			}
		}
		m.check(t)
	})
}
