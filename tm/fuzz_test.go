package tm

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fastsips/fastsips/timer"
)

// fuzzed is a Table under random events, beside what must be true of it.
type fuzzed struct {
	*testing.T
	wheel *timer.Wheel
	table *Table
	now   int64
	ids   []ID       // ever made
	keys  map[Key]ID // of live servers
	over  map[ID]bool
}

func newFuzzed(t *testing.T, restart bool) *fuzzed {
	w := timer.New(0)
	return &fuzzed{
		T: t, wheel: w, table: NewTable(w, tmKind, Timing{RestartFROnEachReply: restart}),
		keys: map[Key]ID{}, over: map[ID]bool{},
	}
}

// run performs the operations, three bytes each, and has the table empty itself.
func (f *fuzzed) run(ops []byte) {
	for i := 0; i+2 < len(ops); i += 3 {
		f.op(ops[i], ops[i+1], ops[i+2])
		f.check()
	}
	f.end()
}

// op performs one random operation; a, b and c choose it.
func (f *fuzzed) op(a, b, c byte) {
	switch a % 8 {
	case 0:
		k := Key{uint64(b % 16), uint64(c%4) + 1}
		if id, ok := f.table.Match(k); ok != (f.keys[k] != 0) || id != f.keys[k] {
			f.Fatalf("match %v: %x, want %x", k, id, f.keys[k])
		} else if !ok {
			f.keys[k] = f.made(f.table.NewServer(Role(b>>4&1), b&0x20 != 0, k, f.now))
		}
	case 1:
		id := f.made(f.table.NewClient(InviteClient+Role(b&1), b&2 != 0, time.Duration(c)*time.Second, 0, f.now))
		f.table.SetCancel(f.pick(c), id)
	case 2, 3, 4:
		id := f.pick(b)
		f.result(id, f.table.Step(id, Event(c)%(TimerCancel+1), f.now))
	case 5:
		id := f.pick(b)
		f.result(id, f.table.Reply(id, 98+int(c)*3, f.now))
	case 6:
		f.advance(f.now + int64(b)*int64(c)*int64(time.Millisecond))
	case 7:
		id := f.pick(b)
		if c&0x80 != 0 {
			f.stale(id, TimerA+Event(c)%16)
		} else if f.table.Live(id) && c&0x70 == 0 {
			f.table.Kill(id)
			f.gone(id)
		}
	}
}

// stale fires a timer that the wheel does not have.
func (f *fuzzed) stale(id ID, timer Event) {
	if e := f.table.slab.alive(id); e != nil && (timer == e.retransmitTimer || timer == e.limitTimer) {
		return
	}
	if got, ev, fx := f.table.Timer(makeRef(id, timer), f.now); got != 0 || ev != NoEvent || fx != (Effects{}) {
		f.Fatalf("%v of %x does not run, but fires: %x %v %+v", timer, id, got, ev, fx)
	}
}

func (f *fuzzed) made(id ID) ID {
	if id == 0 || f.over[id] || !f.table.Live(id) {
		f.Fatalf("a new transaction is %x", id)
	}
	f.ids = append(f.ids, id)
	return id
}

func (f *fuzzed) pick(b byte) ID {
	if len(f.ids) == 0 {
		return 0
	}
	return f.ids[len(f.ids)-1-int(b)%min(len(f.ids), 32)]
}

func (f *fuzzed) result(id ID, fx Effects) {
	if f.over[id] && fx != (Effects{}) {
		f.Fatalf("%x has ended, and says %+v", id, fx)
	}
	if fx.Terminated {
		f.gone(id)
	}
	if id != 0 && f.table.Live(id) == f.over[id] {
		f.Fatalf("%x: live is %v after %+v", id, f.table.Live(id), fx)
	}
}

func (f *fuzzed) gone(id ID) {
	f.over[id] = true
	for k, v := range f.keys {
		if v == id {
			delete(f.keys, k)
		}
	}
}

func (f *fuzzed) advance(to int64) {
	f.now = to
	f.wheel.Advance(to, func(_ timer.Kind, ref uint64) {
		id, _, fx := f.table.Timer(ref, f.now)
		if old, ev := splitRef(ref); id == 0 && !(f.over[old] && f.table.lines[ev-TimerA] != nil) {
			f.Fatalf("the wheel fired reference %x, which is out of date", ref)
		}
		f.result(id, fx)
	})
}

// check looks at every transaction: it runs the timer that ends it, or waits
// for its user.
func (f *fuzzed) check() {
	live, running := 0, 0
	for _, id := range f.ids {
		e := f.table.slab.alive(id)
		if e == nil {
			continue
		}
		live++
		if want := limit(e.machine); e.limitTimer != want {
			f.Fatalf("%v in %v runs %v, want %v", e.machine.role, e.machine.state, e.limitTimer, want)
		}
		for _, timer := range []Event{e.retransmitTimer, e.limitTimer} {
			if timer != NoEvent {
				running++
			}
		}
	}
	if f.table.Len() != live || f.wheel.Len() < running { // what lingered and was killed leaves its timer in its line
		f.Fatalf("%d transactions, counted %d; %d timers, counted %d", live, f.table.Len(), running, f.wheel.Len())
	}
	for k, id := range f.keys {
		if got, ok := f.table.Match(k); !ok || got != id {
			f.Fatalf("match %v: %x, want %x", k, got, id)
		}
	}
}

// end has every user answer, and waits: nothing may be left.
func (f *fuzzed) end() {
	for _, id := range f.ids {
		if s, ok := f.table.State(id); ok && f.table.Role(id).IsServer() && (s == Trying || s == Proceeding) {
			f.result(id, f.table.Step(id, Send3xx6xx, f.now))
		}
	}
	for range 4 { // timer C, then the wait after it; then the rest
		f.advance(f.now + int64(10*time.Minute))
	}
	f.check()
	if f.table.Len() != 0 || f.wheel.Len() != 0 || len(f.keys) != 0 || f.table.index.cur.n != 0 {
		f.Fatalf("%d transactions, %d timers, %d keys are left", f.table.Len(), f.wheel.Len(), f.table.index.cur.n)
	}
}

// Whatever happens in whatever order: a transaction that has ended stays ended
// and silent, each that has not runs exactly the timers of its state, Match finds
// the live ones alone, and once all users have answered, the table empties
// itself.
func FuzzTable(f *testing.F) {
	f.Add(false, []byte("\x00\x01\x01\x02\x00\x0d\x06\xff\xff\x02\x00\x02"))
	f.Add(true, []byte("\x01\x00\x00\x05\x00\x19\x06\x10\xff\x05\x00\x1c\x06\xff\xff\x02\x00\x0d"))
	f.Add(false, []byte("\x01\x00\x05\x01\x01\x00\x05\x01\x80\x06\x50\x50\x07\x00\x00\x07\x00\x81"))
	f.Fuzz(func(t *testing.T, restart bool, ops []byte) {
		newFuzzed(t, restart).run(ops[:min(len(ops), 600)])
	})
}

// The same for a thousand lives of random length, in every run of the tests.
func TestTableUnderRandomEvents(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for life := range 1000 {
		ops := make([]byte, 3*rnd.IntN(150))
		for i := range ops {
			ops[i] = byte(rnd.Uint32())
		}
		newFuzzed(t, life%2 == 0).run(ops)
	}
}
