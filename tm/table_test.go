package tm

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/fastsips/fastsips/timer"
)

// 450,000 transactions that only absorb what is late must cost little memory,
// and the collector nothing.
func TestEntryIsSmallAndHasNoPointers(t *testing.T) {
	if n := unsafe.Sizeof(entry{}); n > 80 {
		t.Errorf("an entry has %d bytes, want at most 80", n)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[entry](), reflect.TypeFor[slot]()} {
		if path := pointerIn(typ); path != "" {
			t.Errorf("%v has a pointer: %s", typ, path)
		}
	}
	if pointerIn(reflect.TypeFor[struct{ A struct{ B []byte } }]()) != ".A.B" {
		t.Error("the test does not see pointers")
	}
}

// pointerIn returns the path to something in typ that the collector follows.
func pointerIn(typ reflect.Type) string {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			f := typ.Field(i)
			if pointerIn(f.Type) == "" {
				continue
			}
			if sub := pointerIn(f.Type); sub != "*" {
				return "." + f.Name + sub
			}
			return "." + f.Name
		}
		return ""
	case reflect.Array:
		return pointerIn(typ.Elem())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return ""
	}
	return "*"
}

func TestIDZeroNamesNone(t *testing.T) {
	r := newRig(t, Timing{})
	wantHarmless(t, r.table, 0)
	if id := r.table.NewClient(InviteClient, false, 0, 0, 0); id == 0 || id.Index() != 0 {
		t.Errorf("the first transaction is %x", id)
	}
	wantHarmless(t, r.table, 0)
}

// The ID of a transaction that has ended does nothing, also when its slot has
// been taken again.
func TestStaleIDsAreHarmless(t *testing.T) {
	r := newRig(t, Timing{})
	old := r.table.NewServer(InviteServer, false, Key{1, 2}, 0)
	r.table.Kill(old)
	wantHarmless(t, r.table, old)

	id := r.table.NewServer(InviteServer, false, Key{1, 2}, 0)
	if id == old || id.Index() != old.Index() {
		t.Fatalf("%x took the slot of %x", id, old)
	}
	wantHarmless(t, r.table, old)
	if r.table.Cancel(old) != 0 || r.table.Role(old) != 0 {
		t.Error("the old ID reads the new transaction")
	}
	if s, ok := r.table.State(id); s != Proceeding || !ok {
		t.Errorf("the new transaction: %v %v", s, ok)
	}
}

func wantHarmless(t *testing.T, table *Table, id ID) {
	t.Helper()
	n := table.Len()
	for ev := NoEvent; ev <= TimerCancel; ev++ {
		if fx := table.Step(id, ev, 0); fx != (Effects{}) {
			t.Errorf("%v gives %+v", ev, fx)
		}
		if ev.isTimer() {
			if got, _, fx := table.Timer(makeRef(id, ev), 0); got != 0 || fx != (Effects{}) {
				t.Errorf("%v fires: %x %+v", ev, got, fx)
			}
		}
	}
	if fx := table.Reply(id, 200, 0); fx != (Effects{}) {
		t.Errorf("200 gives %+v", fx)
	}
	table.SetCancel(id, 99)
	table.Kill(id)
	if s, ok := table.State(id); s != Terminated || ok || table.Live(id) || table.Len() != n {
		t.Errorf("state %v %v, %d transactions, want %d", s, ok, table.Len(), n)
	}
}

// A transaction that has just ended still tells whose it was: the user frees
// what it kept.
func TestEndedTransactionIsReadableUntilTheNext(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, true, 0, 0, 0)
	r.table.SetCancel(id, 43)
	if fx := r.table.Reply(id, 486, 0); fx != (Effects{Send: Ack, Deliver: true, Terminated: true}) {
		t.Fatalf("%+v", fx)
	}
	if r.table.Cancel(id) != 43 || r.table.Role(id) != InviteClient {
		t.Error("forgotten at once")
	}
}

// A firing whose timer the transaction has left behind changes nothing, and one
// reference fires once.
func TestStaleTimersAreHarmless(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.table.Reply(id, 100, 0)
	for ev := TimerA; ev <= TimerCancel; ev++ {
		if ev == TimerC {
			continue
		}
		if got, _, fx := r.table.Timer(makeRef(id, ev), 0); got != 0 || fx != (Effects{}) {
			t.Errorf("%v in Proceeding: %x %+v", ev, got, fx)
		}
	}
	ref := makeRef(id, TimerC)
	if got, ev, fx := r.table.Timer(ref, 0); got != id || ev != TimerC || !fx.Deliver {
		t.Errorf("timer C: %x %v %+v", got, ev, fx)
	}
	if got, _, _ := r.table.Timer(ref, 0); got != 0 {
		t.Error("timer C fires twice")
	}
	for _, ref := range []uint64{0, 1<<64 - 1, 1<<32 | 15, ref + 1<<36} {
		if got, ev, fx := r.table.Timer(ref, 0); got != 0 || ev != NoEvent || fx != (Effects{}) {
			t.Errorf("reference %x: %x %v %+v", ref, got, ev, fx)
		}
	}
}

// Every timer fits a reference together with the whole generation and any index.
func TestTimerReferences(t *testing.T) {
	for _, id := range []ID{makeID(1, 0), makeID(1<<32-1, maxEntries-1), makeID(0x12345678, 0x9abcdef)} {
		for ev := TimerA; ev <= TimerCancel; ev++ {
			if gotID, gotEv := splitRef(makeRef(id, ev)); gotID != id || gotEv != ev {
				t.Errorf("%x %v became %x %v", id, ev, gotID, gotEv)
			}
		}
	}
}

// Generation 0 is never given out: {0, 0} would be the ID that names none.
func TestGenerationWraps(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	r.table.slab.at(0).generation = 1<<32 - 1
	last := makeID(1<<32-1, 0)
	r.table.Kill(last)
	if got := r.table.NewClient(InviteClient, false, 0, 0, 0); got != id {
		t.Errorf("after generation 2^32-1 comes %x, want %x", got, id)
	}
}

// Timers come through Timer only.
func TestStepTakesNoTimers(t *testing.T) {
	r := newRig(t, Timing{})
	id := r.table.NewClient(InviteClient, false, 0, 0, 0)
	if fx := r.table.Step(id, TimerB, 0); fx != (Effects{}) || !r.table.Live(id) {
		t.Errorf("%+v", fx)
	}
}

func TestMatchFindsLiveServers(t *testing.T) {
	r := newRig(t, Timing{})
	a := r.table.NewServer(InviteServer, true, Key{1, 1}, 0)
	b := r.table.NewServer(NonInviteServer, true, Key{2, 1}, 0) // the same place in the index
	none := r.table.NewServer(NonInviteServer, true, Key{}, 0)
	wantMatch(t, r.table, Key{1, 1}, a)
	wantMatch(t, r.table, Key{2, 1}, b)
	wantMatch(t, r.table, Key{1, 2}, 0)
	wantMatch(t, r.table, Key{}, 0)
	if fx := r.table.Step(b, Send2xx, 0); !fx.Terminated {
		t.Fatalf("%+v", fx)
	}
	r.table.Kill(none)
	wantMatch(t, r.table, Key{1, 1}, a)
	wantMatch(t, r.table, Key{2, 1}, 0)
}

func wantMatch(t *testing.T, table *Table, k Key, want ID) {
	t.Helper()
	if id, ok := table.Match(k); id != want || ok != (want != 0) {
		t.Errorf("%v: %x %v, want %x", k, id, ok, want)
	}
}

func TestWrongUseIsABug(t *testing.T) {
	r := newRig(t, Timing{})
	r.table.NewServer(InviteServer, false, Key{1, 1}, 0)
	wantPanic(t, "server as client", func() { r.table.NewClient(InviteServer, false, 0, 0, 0) })
	wantPanic(t, "client as server", func() { r.table.NewServer(NonInviteClient, false, Key{}, 0) })
	wantPanic(t, "one request twice", func() { r.table.NewServer(InviteServer, false, Key{1, 1}, 0) })
	if r.table.Len() != 1 {
		t.Errorf("%d transactions, want 1", r.table.Len())
	}
}

func wantPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestTableTellsItsSettings(t *testing.T) {
	table := NewTable(timer.New(0), tmKind, Timing{FR: 7 * sec})
	if table.Kind() != tmKind || table.Timing().FR != 7*sec || table.Timing().T2 != 4*sec {
		t.Errorf("kind %v, %+v", table.Kind(), table.Timing())
	}
}

// After warm-up, no part of a transaction's life allocates.
func TestNoAllocations(t *testing.T) {
	w := timer.New(0)
	table := NewTable(w, tmKind, Timing{})
	var now int64
	fire := func(_ timer.Kind, ref uint64) { table.Timer(ref, now) }
	life := func() {
		server := table.NewServer(InviteServer, false, Key{7, 7}, now)
		client := table.NewClient(InviteClient, false, 0, 0, now)
		cancel := table.NewClient(NonInviteClient, false, 0, 0, now)
		table.SetCancel(client, cancel)
		table.Step(server, Send1xx, now)
		now += int64(time.Second)
		w.Advance(now, fire)
		table.Reply(client, 180, now)
		table.Reply(client, 486, now)
		table.Reply(cancel, 200, now)
		if id, ok := table.Match(Key{7, 7}); !ok || id != server {
			t.Fatal("no match")
		}
		table.Step(server, Send3xx6xx, now)
		table.Step(server, RecvAck, now)
		now += int64(time.Minute)
		w.Advance(now, fire)
	}
	if n := testing.AllocsPerRun(200, life); n != 0 {
		t.Errorf("%v allocations for a call", n)
	}
	if table.Len() != 0 || w.Len() != 0 {
		t.Errorf("%d transactions, %d timers are left", table.Len(), w.Len())
	}
}
