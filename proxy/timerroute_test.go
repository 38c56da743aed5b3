package proxy_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

const timerHead = "socket=udp:[proxy]\nloadmodule \"cfgutils.so\"\nroute { drop; }\n"

// compile compiles a script as the proxy's own was.
func compile(t *testing.T, text string) *script.Program {
	t.Helper()
	var d syntax.Diags
	text = strings.ReplaceAll(text, "[proxy]", "127.0.0.1:5060")
	loaded := all.Load(syntax.Parse("new.cfg", []byte(text), nil, &d), &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
	if loaded.Program == nil {
		var b bytes.Buffer
		d.Render(&b)
		t.Fatal(b.String())
	}
	return loaded.Program
}

// ticks counts the lines of the log with text.
func ticks(v *siptest.Virtual, text string) (n int) {
	for _, l := range v.Log() {
		if strings.HasSuffix(l, ":"+text) {
			n++
		}
	}
	return n
}

// sum adds up a counter over the loops.
func sum(v *siptest.Virtual, of func(*proxy.Counters) uint64) (n uint64) {
	for i := range v.Group().Len() {
		n += of(v.Counters(i))
	}
	return n
}

func wantTicks(t *testing.T, v *siptest.Virtual, want map[string]int) {
	t.Helper()
	for text, n := range want {
		if got := ticks(v, text); got != n {
			t.Errorf("%d times %q, want %d", got, text, n)
		}
	}
}

// "Once per process": a timer_route runs on one loop, whichever that is, and all of them
// do not run on the same.
func TestTimerRoutesRunOnce(t *testing.T) {
	text, want := timerHead, map[string]int{}
	for i := range 20 {
		text += fmt.Sprintf("timer_route[t%d, 2] { xlog(\"t%d\"); }\n", i, i)
		want[fmt.Sprint("t", i)] = 3
	}
	v := siptest.StartVirtual(t, siptest.NewNet(), siptest.VirtualConfig{Script: text, Loops: 3})
	v.Net.Run(7*time.Second, nil)
	wantTicks(t, v, want)
	for i := range 3 {
		if v.Counters(i).TimerRuns.Load() == 0 {
			t.Errorf("loop %d ran none", i)
		}
	}
}

// "Timers of a reloaded script follow the new script's list": one that is as before keeps
// its time, one that is gone ends, one that is new begins; the run that waits finishes on
// the script that it began on, and no other is started beside it.
func TestTimerRoutesFollowTheScript(t *testing.T) {
	v := siptest.StartVirtual(t, siptest.NewNet(), siptest.VirtualConfig{Script: timerHead + `
timer_route[same, 10] { xlog("same old"); }
timer_route[gone, 3] { xlog("gone"); }
timer_route[waits, 4] { xlog("waits old"); sleep(9); xlog("went on old"); }
timer_route[slower, 2] { xlog("slower"); }
`})
	v.Net.Run(5*time.Second, nil)
	wantTicks(t, v, map[string]int{"same old": 0, "gone": 1, "waits old": 1, "slower": 2})
	v.SetProgram(compile(t, timerHead+`
timer_route[same, 10] { xlog("same new"); }
timer_route[waits, 4] { xlog("waits new"); }
timer_route[slower, 5] { xlog("slower"); }
timer_route[fresh, 3] { xlog("fresh"); }
`))
	v.Net.Run(6*time.Second, nil) // 11 s
	wantTicks(t, v, map[string]int{"same old": 0, "same new": 1, "gone": 1, "waits old": 1, "waits new": 0, "slower": 3, "fresh": 2})
	v.Net.Run(6*time.Second, nil) // 17 s: what began at 4 ended at 13
	wantTicks(t, v, map[string]int{"went on old": 1, "waits new": 1, "slower": 4})
	if n := sum(v, func(c *proxy.Counters) uint64 { return c.TimerSkips.Load() }); n != 2 {
		t.Errorf("%d ticks skipped, want those at 8 and 12 s", n)
	}
	v.EndTimers()
	before := len(v.Log())
	v.Net.Run(time.Minute, nil)
	if after := len(v.Log()); after != before {
		t.Errorf("%d lines after the end of timers", after-before)
	}
}

// A drain lets no timer_route begin, and waits for the run that is parked.
func TestDrainEndsTimerRoutes(t *testing.T) {
	v := siptest.StartVirtual(t, siptest.NewNet(), siptest.VirtualConfig{Script: timerHead + `
timer_route[waits, 2] { xlog("began"); sleep(3); xlog("ended"); }
`})
	v.Net.Run(2500*time.Millisecond, nil)
	v.Drain()
	if v.Idle() {
		t.Error("idle while a timer_route waits")
	}
	v.Net.Run(time.Minute, nil)
	if wantTicks(t, v, map[string]int{"began": 1, "ended": 1}); !v.Idle() {
		t.Error("not idle")
	}
}

// max_parked_time and the event limits count what they end, for the operator.
func TestLimitsAreCounted(t *testing.T) {
	v := siptest.StartVirtual(t, siptest.NewNet(), siptest.VirtualConfig{Loops: 1, Script: "max_parked_time=1\nmax_events=2\n" + timerHead + `
startup_route { raise_event("E_A"); raise_event("E_A"); raise_event("E_A"); raise_event("E_NOBODY"); }
event_route[E_A] { sleep(5); xlog("never"); }
`})
	v.Net.Run(10*time.Second, nil)
	for what, got := range map[string]struct{ n, want uint64 }{
		"Events":     {v.Counters(0).Events.Load(), 2},
		"EventDrops": {v.Counters(0).EventDrops.Load(), 1},
		"ParkLimits": {v.Counters(0).ParkLimits.Load(), 2},
	} {
		if got.n != got.want {
			t.Errorf("%s = %d, want %d", what, got.n, got.want)
		}
	}
	wantTicks(t, v, map[string]int{"never": 0})
}
