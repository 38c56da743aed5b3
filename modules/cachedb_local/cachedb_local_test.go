package cachedb_local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a module on loops that run.
type rig struct {
	*looptest.Rig
	*Module
}

func newRig(t testing.TB, loops int, file string, set func(*Module)) *rig {
	t.Helper()
	r := &rig{looptest.New(t, loops), New().(*Module)}
	core := &proxy.Core{Group: r.Group, Ops: r.Ops, Settings: proxy.Settings{PersistencyFile: file}}
	e := &module.Env{Shared: core}
	r.Setup(e)
	r.persistent = file != ""
	if set != nil {
		set(r.Module)
	}
	if err := r.Module.Start(e); err != nil {
		t.Fatal(err)
	}
	r.Rig.Start()
	r.opened = true
	return r
}

// do carries out a command on loop i.
func (r *rig) do(i int, store string, c cachedb.Command) (a cachedb.Answer) {
	r.Rig.Group.Do(i, func(l *loop.Loop) {
		got, op := r.engine.Store(store).Do(l, c)
		if op != nil {
			r.T.Error("it does not answer at once")
		}
		a = got
		a.Value = append([]byte(nil), got.Value...)
	})
	return a
}

func (r *rig) fetch(store, key string) (string, cachedb.Status) {
	a := r.do(0, store, cachedb.Command{Verb: cachedb.Fetch, Key: []byte(key)})
	return string(a.Value), a.Status
}

func (r *rig) put(store, key, value string, ttl time.Duration) cachedb.Status {
	return r.do(0, store, cachedb.Command{Verb: cachedb.SetKey, Key: []byte(key), Value: []byte(value), TTL: ttl}).Status
}

// "Of cache_add() calls that meet none is lost": adds on all loops at once.
func TestAddsOfAllLoopsSumUp(t *testing.T) {
	const loops, each = 4, 2000
	r := newRig(t, loops, "", nil)
	done := make(chan struct{}, loops)
	for i := range loops {
		r.Rig.Group.Mailbox(i).Post(&loop.Task{Run: func(l *loop.Loop) {
			for n := range each {
				key := fmt.Appendf(nil, "c%d", n%3)
				r.engine.Store("").Do(l, cachedb.Command{Verb: cachedb.Add, Key: key, By: 2, TTL: time.Hour})
				r.engine.Store("").Do(l, cachedb.Command{Verb: cachedb.Add, Key: key, By: -1})
			}
			done <- struct{}{}
		}})
	}
	for range loops {
		looptest.Receive(t, "the adds of a loop", done)
	}
	sum := int64(0)
	for i := range 3 {
		sum += r.do(0, "", cachedb.Command{Verb: cachedb.Counter, Key: fmt.Appendf(nil, "c%d", i)}).Number
	}
	if sum != loops*each {
		t.Errorf("the counters have %d, want %d", sum, loops*each)
	}
}

// "With enable_restart_persistency all keys are written ... and read at the next start,
// with the time that each has left."
func TestPersistency(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	two := func(m *Module) {
		if err := m.addCollections("other"); err != nil {
			t.Fatal(err)
		}
		m.engine.Add("local:o:///other")
	}
	r := newRig(t, 1, file, two)
	r.put("", "text", "value", 0)
	r.put("o", "number", "42", time.Hour)
	r.put("", "brief", "v", time.Nanosecond)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	again := newRig(t, 2, file, two)
	if v, s := again.fetch("", "text"); v != "value" || s != cachedb.OK {
		t.Errorf("%q, %v", v, s)
	}
	if v, s := again.fetch("o", "number"); v != "42" || s != cachedb.OK {
		t.Errorf("%q, %v", v, s)
	}
	if _, s := again.fetch("", "brief"); s != cachedb.NotFound {
		t.Errorf("a key whose time is over came back: %v", s)
	}
	if !again.collection("other").armed.Load() {
		t.Error("nobody will take out the key whose time will be over")
	}
	r = newRig(t, 1, file, nil) // without the other collection
	if v, s := r.fetch("", "text"); v != "value" || s != cachedb.OK {
		t.Errorf("%q, %v", v, s)
	}
}

// "One that is broken, or of another version, is left alone": whatever byte of it is
// changed or missing, the proxy starts.
func TestBrokenFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	r := newRig(t, 1, file, nil)
	r.put("", "text", "value", 0)
	r.put("", "number", "42", time.Hour)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		broken := append([]byte(nil), whole...)
		broken[i] ^= 0x55
		for _, text := range [][]byte{broken, whole[:i]} {
			if err := r.read(text); err == nil {
				t.Fatalf("%q was taken", text)
			}
		}
	}
	if err := r.read(whole); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(file, whole[:20], 0o600); err != nil {
		t.Fatal(err)
	}
	if n := newRig(t, 1, file, nil).budget.Entries(); n != 0 {
		t.Errorf("%d keys of a broken file", n)
	}
}

// "It is logged and counted": to copy a large value takes more than a microsecond.
func TestSlowQueries(t *testing.T) {
	r := newRig(t, 1, "", func(m *Module) { m.threshold = 1 })
	r.put("", "k", strings.Repeat("x", 4<<20), 0)
	if n := r.counters[0].slow.Load(); n != 1 {
		t.Errorf("%d slow queries, want 1", n)
	}
}

// A large collection is gone through in steps, and a removal that nobody waits for any
// more ends.
func TestRemoveChunkInSteps(t *testing.T) {
	r := newRig(t, 1, "", nil)
	r.Rig.Group.Do(0, func(l *loop.Loop) {
		for i := range 20_000 {
			r.collections[0].do(l, cachedb.Command{Verb: cachedb.SetKey, Key: fmt.Appendf(nil, "%d key", i), Value: []byte("v")})
		}
	})
	begin := func() *looptest.Pending[bool] {
		return looptest.Begin(r.Rig, 0, 0, func(l *loop.Loop) *chunk {
			o := &chunk{col: r.collections[0], pattern: "1*"}
			if o.step(l) {
				t.Error("20,000 keys in one step")
			}
			return o
		}, func(*loop.Loop, *chunk, asyncops.Outcome) bool { return true })
	}
	p := begin()
	p.Abandon()
	begin().Wait()
	if n := r.budget.Entries(); n != 20_000-11_111 {
		t.Errorf("%d keys left", n)
	}
}

// "cachedb_url ...: there is no collection"; and what cache_collections refuses.
func TestMistakes(t *testing.T) {
	m := New().(*Module)
	e := &module.Env{}
	m.Setup(e)
	for text, want := range map[string]string{
		"a=b": `"b" is not the size`, "a=25": "from 0 to 24", "a;a": "twice", "=5": "needs a name", "x; y=-1": "from 0 to 24",
	} {
		if err := m.addCollections(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	m.addCollections(" calls/r = 12 ;; default=3 ")
	if m.collections[0].bits != 3 || m.collection("calls").bits != 12 {
		t.Error("sizes are not taken")
	}
	s, _ := m.engine.Add("local:g:///cals")
	if _, err := m.collectionOf(s); err == nil || !strings.Contains(err.Error(), "did you mean calls?") {
		t.Error(err)
	}
	m.engine.Add("local:g:///calls")
	if col, err := m.collectionOf(s); err != nil || col.name != "calls" {
		t.Error("the last URL does not count: ", err)
	}
	for _, url := range []string{"redis://x", "local", "://"} {
		if _, err := m.engine.Add(url); err == nil {
			t.Error(url + " was taken")
		}
	}
}

func BenchmarkDo(b *testing.B) {
	r := newRig(b, 1, "", nil)
	r.put("", "key", "value", 0)
	for name, c := range map[string]cachedb.Command{
		"fetch": {Verb: cachedb.Fetch, Key: []byte("key")},
		"store": {Verb: cachedb.SetKey, Key: []byte("other"), Value: []byte("value"), TTL: time.Minute},
		"add":   {Verb: cachedb.Add, Key: []byte("count"), By: 1},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r.Rig.Group.Do(0, func(l *loop.Loop) {
				for b.Loop() {
					r.engine.Store("").Do(l, c)
				}
			})
		})
	}
}

// "0 allocations": what is there is read without garbage.
func TestFetchDoesNotAllocate(t *testing.T) {
	r := newRig(t, 1, "", nil)
	r.put("", "key", "value", 0)
	key, count := []byte("key"), []byte("n")
	r.Rig.Group.Do(0, func(l *loop.Loop) {
		if n := testing.AllocsPerRun(1000, func() {
			r.engine.Store("").Do(l, cachedb.Command{Verb: cachedb.Fetch, Key: key})
			r.engine.Store("").Do(l, cachedb.Command{Verb: cachedb.Add, Key: count, By: 1})
		}); n != 0 {
			t.Errorf("%v allocations, want 0", n)
		}
	})
}
