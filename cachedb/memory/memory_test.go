package memory_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/fastsips/fastsips/cachedb/memory"
)

const plenty = 1 << 30

// model is what a table has to be like.
type model map[string]modelEntry

type modelEntry struct {
	value   string
	expires int64
}

func (m model) get(now int64, key string) (string, bool) {
	e, ok := m[key]
	return e.value, ok && (e.expires == 0 || now < e.expires)
}

// Random operations on few and on many keys, in a root of one slot and of many, against
// a map.
func TestAgainstMap(t *testing.T) {
	for _, c := range []struct {
		bits uint
		keys int
	}{{0, 5}, {0, 3000}, {2, 40}, {9, 3000}} {
		t.Run(fmt.Sprint(c.bits, " bits ", c.keys, " keys"), func(t *testing.T) { against(t, c.bits, c.keys) })
	}
}

func against(t *testing.T, bits uint, keys int) {
	rnd := rand.New(rand.NewPCG(uint64(keys), uint64(bits)))
	b := memory.NewBudget(plenty)
	tab, m := memory.New(bits, b), model{}
	var scratch [20]byte
	for now := int64(1); now < 40_000; now++ {
		key := fmt.Sprint("key", rnd.IntN(keys))
		expires := int64(0)
		if rnd.IntN(2) == 0 {
			expires = now + rnd.Int64N(2000)
		}
		switch rnd.IntN(6) {
		case 0, 1:
			value := []string{"text", "", "-1", "007", "42", "-0"}[rnd.IntN(6)]
			if tab.Store(now, []byte(key), []byte(value), expires) != memory.OK {
				t.Fatal("not stored")
			}
			m[key] = modelEntry{value, expires}
		case 2:
			_, was := m.get(now, key)
			if tab.Remove(now, []byte(key)) != was {
				t.Fatalf("%s: removed %v", key, !was)
			}
			delete(m, key)
		case 3:
			by := rnd.Int64N(100) - 50
			got, r := tab.Add(now, []byte(key), by, expires)
			want, number := m.add(now, key, by, expires)
			if number != (r == memory.OK) || number && got != want {
				t.Fatalf("%s: add gave %d, %v; want %d, %v", key, got, r, want, number)
			}
		default:
			got, r := tab.Fetch(now, []byte(key), scratch[:])
			want, ok := m.get(now, key)
			if ok != (r == memory.OK) || ok && string(got) != want {
				t.Fatalf("%s: fetched %q, %v; want %q, %v", key, got, r, want, ok)
			}
		}
	}
	pruneAll(t, tab, m, b)
}

func (m model) add(now int64, key string, by, expires int64) (int64, bool) {
	old, ok := m.get(now, key)
	if !ok {
		m[key] = modelEntry{fmt.Sprint(by), expires}
		return by, true
	}
	n, err := strconv.ParseInt(old, 10, 64)
	if err != nil {
		return 0, false
	}
	m[key] = modelEntry{fmt.Sprint(n + by), m[key].expires}
	return n + by, true
}

// pruneAll scans the table, and empties it a few leaves at a time.
func pruneAll(t *testing.T, tab *memory.Table, m model, b *memory.Budget) {
	t.Helper()
	const now = 40_000
	found := map[string]string{}
	for c := (memory.Cursor{}); !c.Over(); {
		c = tab.Scan(now, c, 7, func(i memory.Item) { found[string(i.Key)] += string(i.Value) + ";" })
	}
	live, lasting := 0, 0
	for key, e := range m {
		if v, ok := m.get(now, key); ok {
			if live++; found[key] != v+";" {
				t.Errorf("%s: scanned %q, want %q once", key, found[key], v)
			}
			if e.expires != 0 {
				lasting++
			}
		}
	}
	if len(found) != live {
		t.Errorf("scanned %d keys, want %d", len(found), live)
	}
	more := false
	for c := (memory.Cursor{}); !c.Over(); {
		var some bool
		c, _, some = tab.Prune(now, c, 5, nil)
		more = more || some
	}
	if int(b.Entries()) != live || more != (lasting > 0) {
		t.Errorf("%d entries left, want %d; more %v, want %v", b.Entries(), live, more, lasting > 0)
	}
	for c := (memory.Cursor{}); !c.Over(); {
		c, _, _ = tab.Prune(now, c, 5, func([]byte) bool { return true })
	}
	if b.Entries() != 0 || b.Used() > 256*(1<<12) {
		t.Errorf("empty, and %d entries, %d bytes", b.Entries(), b.Used())
	}
}

// "Operations on a key happen one after the other": of concurrent adds none is lost, also
// while leaves become forks, neighbours come and go, and a pruner goes through.
func TestAddsSumUp(t *testing.T) {
	const goroutines, each, keys = 4, 20_000, 64
	b := memory.NewBudget(plenty)
	tab := memory.New(1, b)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 7))
			var c memory.Cursor
			for i := range each {
				key := fmt.Appendf(nil, "counter%d", i%keys)
				if _, r := tab.Add(5, key, 1, 0); r != memory.OK {
					t.Error("add failed")
				}
				passing := fmt.Appendf(nil, "passing%d", rnd.IntN(500))
				if i%3 == 0 {
					tab.Remove(5, passing)
				} else {
					tab.Store(5, passing, []byte("x"), int64(rnd.IntN(10)))
				}
				if c, _, _ = tab.Prune(5, c, 2, nil); c.Over() {
					c = memory.Cursor{}
				}
			}
		})
	}
	wg.Wait()
	for k := range keys {
		want := int64(goroutines * (each / keys))
		if k < each%keys {
			want += goroutines
		}
		if n, r := tab.Number(5, fmt.Appendf(nil, "counter%d", k)); r != memory.OK || n != want {
			t.Errorf("counter %d is %d (%v), want %d", k, n, r, want)
		}
	}
}

// A text that is a number becomes one that is added to in place; concurrent adds to it
// are not lost either, and stores of others between them are seen whole.
func TestAddsToText(t *testing.T) {
	tab := memory.New(0, memory.NewBudget(plenty))
	for range 200 {
		tab.Store(1, []byte("k"), []byte("0010"), 0)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { tab.Add(1, []byte("k"), 1, 0) })
		}
		wg.Wait()
		if n, _ := tab.Number(1, []byte("k")); n != 14 {
			t.Fatalf("10 and four times 1 are %d", n)
		}
	}
}

// Every value that somebody adds is one that the counter had just then: the answers of
// concurrent adds are all different.
func TestAddsAnswerDifferently(t *testing.T) {
	const goroutines, each = 4, 5000
	tab := memory.New(0, memory.NewBudget(plenty))
	var seen [goroutines*each + 1]bool
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				n, _ := tab.Add(1, []byte("k"), 1, 0)
				mu.Lock()
				if seen[n] {
					t.Error("two adds gave ", n)
				}
				seen[n] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// "Expiry exact at read": the value is there until its moment, and not at it. An add
// keeps the time that the key has.
func TestExpiry(t *testing.T) {
	tab := memory.New(4, memory.NewBudget(plenty))
	tab.Store(0, []byte("k"), []byte("7"), 100)
	tab.Add(10, []byte("k"), 1, 1000)
	if v, r := tab.Fetch(99, []byte("k"), nil); r != memory.OK || string(v) != "8" {
		t.Errorf("at 99: %q, %v", v, r)
	}
	if _, r := tab.Fetch(100, []byte("k"), nil); r != memory.NotFound {
		t.Errorf("at 100: %v", r)
	}
	if n, r := tab.Add(100, []byte("k"), 1, 200); r != memory.OK || n != 1 {
		t.Errorf("an add to a key whose time is over gave %d, %v", n, r)
	}
	if _, r := tab.Fetch(199, []byte("k"), nil); r != memory.OK {
		t.Errorf("at 199: %v", r)
	}
}

// Sums that do not fit are refused, and change nothing.
func TestOverflow(t *testing.T) {
	tab := memory.New(4, memory.NewBudget(plenty))
	for key, by := range map[string]int64{fmt.Sprint(math.MaxInt64): 1, fmt.Sprint(math.MinInt64): -1, "0" + fmt.Sprint(math.MaxInt64): 1, "1.5": 1, "": 1} {
		tab.Store(0, []byte("k"), []byte(key), 0)
		if _, r := tab.Add(0, []byte("k"), by, 0); r != memory.NotNumber {
			t.Errorf("%q: %v", key, r)
		}
		if v, _ := tab.Fetch(0, []byte("k"), make([]byte, 20)); string(v) != key {
			t.Errorf("%q became %q", key, v)
		}
	}
}

// "It refuses to use more memory than its Budget has": whatever is stored, and what is
// removed makes room again.
func TestBudget(t *testing.T) {
	const limit = 100_000
	b := memory.NewBudget(limit)
	one, two := memory.New(0, b), memory.New(6, b)
	stored, refused := 0, 0
	for i := range 3000 {
		tab := one
		if i%2 == 0 {
			tab = two
		}
		switch tab.Store(0, fmt.Appendf(nil, "key%d", i), make([]byte, i%100), 0) {
		case memory.OK:
			stored++
		case memory.Full:
			refused++
		}
		if b.Used() > limit {
			t.Fatalf("%d bytes used", b.Used())
		}
	}
	if stored < 300 || refused < 1000 || int(b.Entries()) != stored {
		t.Errorf("%d stored, %d refused, %d entries", stored, refused, b.Entries())
	}
	if _, r := one.Add(0, []byte("fresh"), 1, 0); r != memory.Full {
		t.Errorf("an add to a full table: %v", r)
	}
	for i := range 3000 {
		one.Remove(0, fmt.Appendf(nil, "key%d", i))
	}
	if r := two.Store(0, []byte("fresh"), nil, 0); r != memory.OK {
		t.Errorf("after removal: %v", r)
	}
}

func TestFetchDoesNotAllocate(t *testing.T) {
	tab := memory.New(9, memory.NewBudget(plenty))
	tab.Store(0, []byte("text"), []byte("some text"), 0)
	tab.Store(0, []byte("number"), []byte("12345"), 0)
	text, number, scratch := []byte("text"), []byte("number"), make([]byte, 20)
	if n := testing.AllocsPerRun(1000, func() {
		tab.Fetch(0, text, scratch)
		tab.Fetch(0, number, scratch)
		tab.Number(0, number)
		tab.Add(0, number, 1, 0)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
