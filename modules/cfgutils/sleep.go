package cfgutils

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) pauses() []*script.Func {
	return []*script.Func{
		script.Func1("sleep", "Park the run for some seconds. -1: negative, or ended early by the time limit of async.", script.All, script.Int("seconds", "how long"),
			func(c *script.Ctx, n int32) script.Ret { return m.pause(c, time.Duration(n)*time.Second) }).MayWait(),
		script.Func1("usleep", "Park the run for some microseconds; the timer ticks every millisecond. -1 as sleep.", script.All, script.Int("microseconds", "how long"),
			func(c *script.Ctx, n int32) script.Ret { return m.pause(c, time.Duration(n)*time.Microsecond) }).MayWait(),
	}
}

// pause has no deadline but its own length; that of an async statement may end it.
func (m *Module) pause(c *script.Ctx, d time.Duration) script.Ret {
	if d < 0 {
		return -1
	}
	return c.AwaitFor(m.sleeper.Op(proxy.From(c).Loop(), d), wake, d+time.Second)
}

func wake(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	op.(*sleep.Op).Free(proxy.From(c).Loop())
	return truth(out == asyncops.Completed)
}

func truth(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
