package loop

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func monotonic() int64 {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// Timers fire in order and never early, with nothing but the timerfd to wake the
// loop.
func TestTimersFire(t *testing.T) {
	type firing struct{ ref, now, clock int64 }
	fired := make(chan firing, 10)
	start := make(chan int64, 1)
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		k := g.NewKind(func(l *Loop, ref uint64) { fired <- firing{int64(ref), l.Now(), monotonic()} })
		g.Do(0, func(l *Loop) {
			start <- l.Now()
			for _, ms := range []int64{70, 1, 30, 1, 0, 130} {
				l.After(time.Duration(ms)*time.Millisecond, k, uint64(ms))
			}
			if !l.StopTimer(l.After(10*time.Millisecond, k, 10)) {
				t.Error("an armed timer cannot be stopped")
			}
		})
	})
	began := <-start
	for _, ms := range []int64{0, 1, 1, 30, 70, 130} {
		f := receive(t, fired)
		if f.ref != ms {
			t.Errorf("timer of %d ms fired, want that of %d", f.ref, ms)
		}
		if due := began + ms*1e6; f.now < due || f.clock < due-1000 { // the clocks are compared to 1 µs
			t.Errorf("timer of %d ms fired %d ns early", ms, max(due-f.now, due-f.clock))
		}
	}
}

// Now is CLOCK_MONOTONIC and stands still within a pass.
func TestNow(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	before := monotonic()
	var now int64
	var wall time.Time
	g.Do(0, func(l *Loop) {
		now, wall = l.Now(), l.Wall()
		for monotonic() < now+1000 {
		}
		if l.Now() != now || !l.Wall().Equal(wall) {
			t.Error("the time passed within a pass")
		}
	})
	if after := monotonic(); now < before-1000 || now > after+1000 {
		t.Errorf("Now = %d, not between %d and %d", now, before, after)
	}
	if d := time.Since(wall); d < 0 || d > patience {
		t.Errorf("Wall is %v ago", d)
	}
}

// Arming costs a system call only if nothing as early is armed.
func TestTimerfdIsLeftAlone(t *testing.T) {
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		k := g.NewKind(func(*Loop, uint64) {})
		g.Do(0, func(l *Loop) {
			l.After(time.Second, k, 0)
			l.armTimer()
			first := l.armed
			l.After(2*time.Second, k, 0)
			l.StopTimer(l.After(time.Millisecond, k, 0))
			if l.armTimer(); l.armed != first {
				t.Error("set for a later or a stopped timer")
			}
			l.After(5*time.Millisecond, k, 0)
			if l.armTimer(); l.armed > l.now+6e6 {
				t.Error("not set for an earlier timer")
			}
		})
	})
}

func TestTimerAllocs(t *testing.T) {
	newGroup(t, Config{Loops: 1}, func(g *Group) {
		k := g.NewKind(func(*Loop, uint64) {})
		g.Do(0, func(l *Loop) {
			if n := testing.AllocsPerRun(1000, func() {
				l.After(0, k, 1)
				l.StopTimer(l.After(time.Hour, k, 2))
				l.advance()
				l.armTimer()
			}); n != 0 {
				t.Errorf("%v allocations per timer, want 0", n)
			}
		})
	})
}

func TestNewKindAfterStart(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	defer func() {
		if recover() == nil {
			t.Error("NewKind after Start did not panic")
		}
	}()
	g.NewKind(func(*Loop, uint64) {})
}
