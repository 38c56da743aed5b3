package timer_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/fastsips/fastsips/timer"
)

const ms = int64(time.Millisecond)

// fired advances w and returns what fired, in order.
func fired(w *timer.Wheel, now int64) (refs []uint64) {
	w.Advance(now, func(_ timer.Kind, ref uint64) { refs = append(refs, ref) })
	return refs
}

func want(t *testing.T, got []uint64, refs ...uint64) {
	t.Helper()
	if !slices.Equal(got, refs) {
		t.Errorf("fired %v, want %v", got, refs)
	}
}

// A timer never fires early, and fires in the first Advance a tick past its time.
func TestNeverEarlyNeverLate(t *testing.T) {
	for _, start := range []int64{0, 1, ms - 1, ms, 63 * ms, 64 * ms, 4095*ms + 7, 1 << 40, 1<<62 + 12345} {
		for _, d := range []int64{0, 1, ms - 1, ms, ms + 1, 63 * ms, 64 * ms, 65 * ms, 500 * ms, 4096 * ms, 32_000 * ms,
			int64(time.Hour), 365 * 24 * int64(time.Hour)} {
			at := start + d
			w := timer.New(start)
			w.Arm(at, 0, 7)
			if at > start {
				want(t, fired(w, at-1))
			}
			want(t, fired(w, at+ms), 7)
			if w.Len() != 0 {
				t.Errorf("start %d, at %d: Len = %d after firing", start, at, w.Len())
			}
		}
	}
}

// "at in the past fires on the next Advance", even if that has the same time.
func TestPastFiresInNextAdvance(t *testing.T) {
	w := timer.New(1000 * ms)
	w.Arm(0, 0, 1)
	w.Arm(-5, 0, 2)
	w.Arm(1000*ms, 0, 3)
	if at, ok := w.Next(); !ok || at > 1000*ms {
		t.Errorf("Next = %d, %v with past timers armed", at, ok)
	}
	want(t, fired(w, 1000*ms), 1, 2, 3)
}

// Fire may arm: for the past, which waits for the next Advance (else it would
// never end), or for a later tick of the same Advance.
func TestArmInsideFire(t *testing.T) {
	w := timer.New(0)
	w.Arm(10*ms, 0, 1)
	var got []uint64
	fire := func(_ timer.Kind, ref uint64) {
		got = append(got, ref)
		if ref == 1 {
			w.Arm(3*ms, 0, 2)
			w.Arm(10*ms, 0, 3)
			w.Arm(11*ms, 0, 4)
			w.Arm(200*ms, 0, 5)
		}
	}
	w.Advance(100*ms, fire)
	want(t, got, 1, 4)
	got = nil
	w.Advance(100*ms, fire)
	want(t, got, 2, 3)
	got = nil
	w.Advance(200*ms, fire)
	want(t, got, 5)
}

// Order is by tick, and within a tick that of arming, whatever level each timer
// was on: here one tick is armed for from 5000, 100, 10 and 1 ms before.
func TestOrderAcrossLevels(t *testing.T) {
	w := timer.New(0)
	w.Arm(5000*ms, 0, 1)
	w.Arm(5000*ms, 0, 2)
	w.Arm(5001*ms, 0, 9)
	want(t, fired(w, 4900*ms))
	w.Arm(5000*ms, 0, 3)
	want(t, fired(w, 4990*ms))
	w.Arm(5000*ms-ms+1, 0, 4) // rounds up to the same tick
	w.Arm(4999*ms, 0, 0)
	want(t, fired(w, 4999*ms), 0)
	w.Arm(5000*ms, 0, 5)
	want(t, fired(w, 6000*ms), 1, 2, 3, 4, 5, 9)
}

func TestStop(t *testing.T) {
	w := timer.New(0)
	a, b := w.Arm(10*ms, 0, 1), w.Arm(10*ms, 0, 2)
	past := w.Arm(0, 0, 3)
	if !w.Stop(a) || w.Stop(a) {
		t.Error("Stop of an armed timer is true once")
	}
	if !w.Stop(past) || w.Stop(0) || w.Stop(math.MaxUint64) || w.Stop(1) {
		t.Error("Stop of 0 and of handles that never were is false")
	}
	want(t, fired(w, 20*ms), 2)
	if w.Stop(b) {
		t.Error("Stop after firing is true")
	}
	if _, ok := w.Next(); ok || w.Len() != 0 {
		t.Errorf("an empty wheel has a Next, or Len = %d", w.Len())
	}
}

// A stale handle does not stop the timer that now has its place.
func TestStaleHandle(t *testing.T) {
	w := timer.New(0)
	old := w.Arm(ms, 0, 1)
	w.Stop(old)
	w.Arm(ms, 0, 2)
	if w.Stop(old) {
		t.Error("a stale handle stopped another timer")
	}
	want(t, fired(w, ms), 2)
}

// Fire may stop what is due in the same tick, and itself, which has fired.
func TestStopInsideFire(t *testing.T) {
	for _, at := range []int64{0, 5 * ms} { // past, and to come
		w := timer.New(0)
		var h [3]timer.Handle
		for i := range h {
			h[i] = w.Arm(at, 0, uint64(i))
		}
		var got []uint64
		w.Advance(5*ms, func(_ timer.Kind, ref uint64) {
			got = append(got, ref)
			if w.Stop(h[ref]) {
				t.Error("a timer that fires can be stopped")
			}
			w.Stop(h[1])
		})
		want(t, got, 0, 2)
	}
}

func TestKind(t *testing.T) {
	w := timer.New(0)
	w.Arm(1, 200, 1<<63)
	w.Advance(ms, func(k timer.Kind, ref uint64) {
		if k != 200 || ref != 1<<63 {
			t.Errorf("fired kind %d, ref %d", k, ref)
		}
	})
}

// The last millisecond that an int64 can hold has no tick at its end.
func TestEndOfTime(t *testing.T) {
	w := timer.New(0)
	w.Arm(math.MaxInt64, 0, 1)
	if at, ok := w.Next(); !ok || at <= 0 {
		t.Errorf("Next = %d, %v", at, ok)
	}
	want(t, fired(w, math.MaxInt64-ms))
	want(t, fired(w, math.MaxInt64), 1)
}

// A panic in fire loses nothing but the timer that fired.
func TestPanicInFire(t *testing.T) {
	w := timer.New(0)
	for ref := range uint64(3) {
		w.Arm(0, 0, ref)
		w.Arm(5*ms, 0, ref+10)
	}
	for range 2 {
		func() {
			defer func() { _ = recover() }()
			w.Advance(0, func(timer.Kind, uint64) { panic("boom") })
		}()
	}
	if at, ok := w.Next(); !ok || at > 0 {
		t.Errorf("Next = %d, %v with a past timer left", at, ok)
	}
	want(t, fired(w, 5*ms), 2, 10, 11, 12)
}

// The collector must find nothing to scan in a million timers.
func TestNoPointers(t *testing.T) {
	nodes, _ := reflect.TypeFor[timer.Wheel]().FieldByName("nodes")
	n := nodes.Type.Elem()
	for i := range n.NumField() {
		switch f := n.Field(i); f.Type.Kind() {
		case reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		default:
			t.Errorf("node.%s is a %s", f.Name, f.Type)
		}
	}
	if n.Size() > 40 {
		t.Errorf("a timer takes %d bytes", n.Size())
	}
}

func TestAllocs(t *testing.T) {
	w, now := timer.New(0), int64(0)
	var h timer.Handle
	fire := func(timer.Kind, uint64) {}
	round := func() {
		for d := range int64(64) {
			w.Arm(now+d*d*ms, 0, 0)
			h = w.Arm(now+32_000*ms, 0, 1)
		}
		w.Stop(h)
		now += 70 * ms
		w.Advance(now, fire)
		w.Next()
	}
	for range 1000 {
		round()
	}
	if n := testing.AllocsPerRun(1000, round); n != 0 {
		t.Errorf("%v allocations per round, want 0", n)
	}
}

// An oracle is the naive wheel: a list, searched each time.
type oracle struct {
	now   int64 // tick
	armed []entry
	seq   int
}

type entry struct {
	ref  uint64
	tick int64
	past bool
	seq  int
}

func (o *oracle) arm(at int64, ref uint64) {
	tick := (max(at, 0) + ms - 1) / ms
	o.seq++
	o.armed = append(o.armed, entry{ref, tick, tick <= o.now, o.seq})
}

func (o *oracle) stop(ref uint64) bool {
	i := slices.IndexFunc(o.armed, func(e entry) bool { return e.ref == ref })
	if i >= 0 {
		o.armed = slices.Delete(o.armed, i, i+1)
	}
	return i >= 0
}

// pop returns what has to fire next in an Advance to the tick to, which began
// when last was the newest timer.
func (o *oracle) pop(to int64, last int) (ref uint64, ok bool) {
	best := -1
	before := func(a, b entry) bool {
		switch {
		case a.past != b.past:
			return a.past
		case a.past || a.tick == b.tick:
			return a.seq < b.seq
		}
		return a.tick < b.tick
	}
	for i, e := range o.armed {
		if (e.past && e.seq <= last || !e.past && e.tick <= to) && (best < 0 || before(e, o.armed[best])) {
			best = i
		}
	}
	if best < 0 {
		return 0, false
	}
	e := o.armed[best]
	o.armed = slices.Delete(o.armed, best, best+1)
	if !e.past {
		o.now = e.tick
	}
	return e.ref, true
}

// world runs a wheel and an oracle side by side.
type world struct {
	t       *testing.T
	w       *timer.Wheel
	o       oracle
	now     int64
	handles []timer.Handle // by ref
	rand    *rand.Rand
}

func (x *world) arm(d int64) {
	ref := uint64(len(x.handles))
	x.o.arm(x.now+d, ref)
	x.handles = append(x.handles, x.w.Arm(x.now+d, timer.Kind(ref), ref))
}

func (x *world) stop(ref uint64) {
	if ref >= uint64(len(x.handles)) {
		return
	}
	if got, want := x.w.Stop(x.handles[ref]), x.o.stop(ref); got != want {
		x.t.Fatalf("Stop(%d) = %v, want %v", ref, got, want)
	}
}

func (x *world) advance(now int64) {
	x.now = max(x.now, now)
	to, last := x.now/ms, x.o.seq
	x.w.Advance(x.now, func(k timer.Kind, ref uint64) {
		if want, ok := x.o.pop(to, last); !ok || ref != want || k != timer.Kind(ref) {
			x.t.Fatalf("at %d fired %d, want %d, %v", x.now, ref, want, ok)
		}
		switch x.rand.IntN(8) {
		case 0:
			x.arm(x.rand.Int64N(100*ms) - 50*ms)
		case 1:
			x.stop(x.rand.Uint64N(uint64(len(x.handles))))
		}
	})
	if ref, ok := x.o.pop(to, last); ok {
		x.t.Fatalf("at %d did not fire %d", x.now, ref)
	}
	x.o.now = max(x.o.now, to)
}

// check holds Next against the oracle: there is one if there are timers, and it
// is not later than the earliest.
func (x *world) check() {
	at, ok := x.w.Next()
	if x.w.Len() != len(x.o.armed) || ok != (x.w.Len() > 0) {
		x.t.Fatalf("Len = %d, Next = %d, %v, want %d timers", x.w.Len(), at, ok, len(x.o.armed))
	}
	for _, e := range x.o.armed {
		if at > e.tick*ms && !e.past || e.past && at > x.now {
			x.t.Fatalf("Next = %d is later than %+v at %d", at, e, x.now)
		}
	}
}

// FuzzWheel: whatever is armed, stopped and advanced, the wheel does what a list
// would. Each three bytes are an operation and its operand, whose exponent spans
// all levels.
func FuzzWheel(f *testing.F) {
	f.Add([]byte{0, 5, 1, 0, 5, 1, 2, 9, 9})
	f.Add([]byte{0, 30, 200, 0, 30, 100, 2, 29, 255, 0, 10, 3, 1, 0, 1, 2, 40, 40})
	f.Add([]byte{3, 1, 1, 0, 0, 0, 2, 0, 0, 2, 0, 1, 0, 41, 7, 2, 42, 7})
	f.Fuzz(func(t *testing.T, ops []byte) {
		ops = ops[:min(len(ops), 600)]
		x := &world{t: t, w: timer.New(0), rand: rand.New(rand.NewPCG(1, 2))}
		for ; len(ops) >= 3; ops = ops[3:] {
			d := int64(ops[2]) << (ops[1] % 48)
			switch ops[0] % 4 {
			case 0:
				x.arm(d)
			case 1:
				x.stop(uint64(ops[1])<<8 | uint64(ops[2]))
			case 2:
				x.advance(x.now + d)
			case 3:
				x.arm(-d)
			}
			x.check()
		}
		// Going from Next to Next alone, the wheel empties, a level per step.
		for i := 0; x.w.Len() > 0; i++ {
			if i > 9*(len(x.handles)+1)*2 {
				t.Fatalf("%d timers left after %d steps", x.w.Len(), i)
			}
			at, _ := x.w.Next()
			x.advance(at)
			x.check()
		}
	})
}

// The same over long random lives.
func TestAgainstOracle(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		x := &world{t: t, w: timer.New(int64(seed) * ms * 4096), now: int64(seed) * ms * 4096, rand: r}
		x.o.now = x.now / ms
		for range 2000 {
			switch r.IntN(4) {
			case 0, 1:
				x.arm(r.Int64N(1 << (10 + r.IntN(28))))
			case 2:
				if n := uint64(len(x.handles)); n > 0 {
					x.stop(r.Uint64N(n))
				}
			case 3:
				x.advance(x.now + r.Int64N(1<<(10+r.IntN(24))))
			}
		}
		x.check()
	}
}

func BenchmarkArmStop(b *testing.B) {
	w := timer.New(0)
	b.ReportAllocs()
	for b.Loop() {
		w.Stop(w.Arm(500*ms, 0, 0))
	}
}

// 100,000 timers under way, as of 3,000 calls/s with 32 s each.
func BenchmarkArmFire(b *testing.B) {
	w, now := timer.New(0), int64(0)
	fire := func(timer.Kind, uint64) {}
	b.ReportAllocs()
	for b.Loop() {
		now += 320_000 // ns
		w.Arm(now+32_000*ms, 0, 0)
		w.Advance(now, fire)
	}
}
