package nonce

import (
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

const life = 30 * time.Second

var secret = []byte("0123456789abcdef0123456789abcdef")

// still makes loops whose clock stands still.
func still(t *testing.T, loops int) *loop.Virtual {
	t.Helper()
	v, err := loop.NewVirtual(loop.Config{Loops: loops, LogWriter: io.Discard}, func(loop.Addr, loop.Addr, []byte) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Group().Stop)
	return v
}

func minted(v *loop.Virtual, m *Maker, i int) (text []byte) {
	v.Group().Do(i, func(l *loop.Loop) { text = m.Append(l, nil, sipparse.SHA256, sipparse.QOPAuth) })
	return text
}

func read(v *loop.Virtual, m *Maker, i int, text []byte) (n Nonce, fresh bool) {
	v.Group().Do(i, func(l *loop.Loop) { n, fresh = m.Read(l, text) })
	return n, fresh
}

// What one loop has made is read on all of them, and says what it was offered with; no
// two are alike.
func TestReadOnEveryLoop(t *testing.T) {
	v := still(t, 3)
	m := New(v.Group(), nil, life, true)
	seen := map[string]bool{}
	for i := range 3 {
		for j := range 3 {
			text := minted(v, m, i)
			n, fresh := read(v, m, j, text)
			if !fresh || n.Algorithm != sipparse.SHA256 || n.QOP != sipparse.QOPAuth || len(text) != Len || seen[string(text)] {
				t.Errorf("loop %d of loop %d's: %+v, %v; %q", j, i, n, fresh, text)
			}
			seen[string(text)] = true
		}
	}
}

// "nonce_expire: nonces have a limited lifetime", and those from the future have none.
func TestLifetime(t *testing.T) {
	v := still(t, 1)
	m := New(v.Group(), nil, life, true)
	text := minted(v, m, 0)
	v.Advance(life)
	if _, fresh := read(v, m, 0, text); !fresh {
		t.Error("too old on its last second")
	}
	v.Advance(time.Second)
	if _, fresh := read(v, m, 0, text); fresh {
		t.Error("good for longer than its life")
	}
}

// A nonce that was changed in any place, or was never made here, is none.
func TestForged(t *testing.T) {
	v := still(t, 1)
	m := New(v.Group(), nil, life, true)
	text := minted(v, m, 0)
	for i := range text {
		forged := append([]byte(nil), text...)
		forged[i] ^= 1
		if n, fresh := read(v, m, 0, forged); fresh {
			t.Errorf("changed at %d: %+v", i, n)
		}
	}
	other := minted(v, New(v.Group(), nil, life, true), 0)
	for _, text := range []string{"", "x", string(text[1:]), string(text) + "A", string(other), string(make([]byte, Len))} {
		if _, fresh := read(v, m, 0, []byte(text)); fresh {
			t.Errorf("%q is fresh", text)
		}
	}
}

// "Nonces can be used only once": after a restart with the same secret nobody knows which
// were used, so that the old ones are stale; without the check they go on, as they do on
// the other servers of a cluster.
func TestRestart(t *testing.T) {
	v := still(t, 1)
	text := minted(v, New(v.Group(), secret, life, true), 0)
	if _, fresh := read(v, New(v.Group(), secret, life, true), 0, text); fresh {
		t.Error("a nonce of another process may have been used")
	}
	if _, fresh := read(v, New(v.Group(), secret, life, false), 0, text); !fresh {
		t.Error("disable_nonce_check, and another process's nonce does not count")
	}
	if _, fresh := read(v, New(v.Group(), []byte("another secret"), life, false), 0, text); fresh {
		t.Error("a nonce of another secret")
	}
}

// RFC 7616 §3.4: "the nc value ... The purpose of this directive is to allow the server to
// detect request replays ... if the same nc value is seen twice, then the request is a
// replay."
func TestCountsRise(t *testing.T) {
	v := still(t, 2)
	m := New(v.Group(), nil, life, true)
	n, _ := read(v, m, 0, minted(v, m, 0))
	for _, c := range []struct {
		count uint32
		want  bool
	}{{0, false}, {1, true}, {1, false}, {2, true}, {1, false}, {7, true}, {5, false}, {Once, true}, {Once, false}, {0, false}} {
		if used := m.Used(&n, c.count); used == c.want {
			t.Errorf("count %d: used is %v", c.count, used)
		}
		if got := m.Use(&n, c.count); got != c.want {
			t.Errorf("count %d: %v", c.count, got)
		}
	}
	free := New(v.Group(), nil, life, false)
	n, _ = read(v, free, 0, minted(v, free, 0))
	if !free.Use(&n, 1) || !free.Use(&n, 1) || free.Used(&n, 1) {
		t.Error("disable_nonce_check, and a nonce is used up")
	}
}

// The table is of a fixed size: a nonce whose place a later one has taken is stale, never
// good again.
func TestTableIsBounded(t *testing.T) {
	v := still(t, 1)
	m := New(v.Group(), nil, life, true)
	old, _ := read(v, m, 0, minted(v, m, 0))
	unused, _ := read(v, m, 0, minted(v, m, 0))
	if !m.Use(&old, Once) {
		t.Fatal("not even once")
	}
	m.last.Add(slots - 2)
	later, _ := read(v, m, 0, minted(v, m, 0))
	if !m.Use(&later, 1) {
		t.Error("the place of an older nonce is not to be had")
	}
	if m.Use(&old, Once) || m.Use(&old, 1) || !m.Used(&old, Once) {
		t.Error("used twice")
	}
	if !m.Use(&unused, Once) {
		t.Error("a nonce whose place nobody took")
	}
}

// A nonce that comes to all loops at the same time is good on one of them.
func TestUsedOnOneLoopOnly(t *testing.T) {
	const loops, rounds = 4, 200
	r := looptest.New(t, loops)
	m := New(r.Group, nil, life, true)
	r.Start()
	for round := range rounds {
		var text []byte
		r.Group.Do(round%loops, func(l *loop.Loop) { text = m.Append(l, nil, sipparse.MD5, 0) })
		var good atomic.Int32
		var all sync.WaitGroup
		for i := range loops {
			all.Add(1)
			go r.Group.Do(i, func(l *loop.Loop) {
				defer all.Done()
				if n, fresh := m.Read(l, text); fresh && m.Use(&n, Once) {
					good.Add(1)
				}
			})
		}
		all.Wait()
		if n := good.Load(); n != 1 {
			t.Fatalf("a nonce was good on %d loops", n)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	v := still(t, 1)
	m := New(v.Group(), nil, life, true)
	v.Group().Do(0, func(l *loop.Loop) {
		text := make([]byte, 0, Len)
		if n := testing.AllocsPerRun(100, func() {
			text = m.Append(l, text[:0], sipparse.MD5, 0)
			n, _ := m.Read(l, text)
			m.Use(&n, Once)
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

func FuzzRead(f *testing.F) {
	v, err := loop.NewVirtual(loop.Config{Loops: 1, LogWriter: io.Discard}, func(loop.Addr, loop.Addr, []byte) {})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(v.Group().Stop)
	m := New(v.Group(), secret, life, true)
	f.Add(minted(v, m, 0))
	f.Add([]byte("AAAA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		mine := minted(v, m, 0)
		if n, fresh := read(v, m, 0, text); fresh && n.number > m.last.Load() {
			t.Errorf("%q was not made here", text)
		}
		if _, fresh := read(v, m, 0, mine); !fresh {
			t.Errorf("%q is not fresh", mine)
		}
	})
}

func BenchmarkNonce(b *testing.B) {
	v, err := loop.NewVirtual(loop.Config{Loops: 1, LogWriter: io.Discard}, func(loop.Addr, loop.Addr, []byte) {})
	if err != nil {
		b.Fatal(err)
	}
	defer v.Group().Stop()
	m := New(v.Group(), nil, life, true)
	v.Group().Do(0, func(l *loop.Loop) {
		text := make([]byte, 0, Len)
		b.ReportAllocs()
		for b.Loop() {
			text = m.Append(l, text[:0], sipparse.MD5, 0)
			if n, fresh := m.Read(l, text); !fresh || !m.Use(&n, Once) {
				b.Fatal("not fresh")
			}
		}
	})
}
