// Package cfgutils is OpenSIPS's cfgutils module, as far as it waits: sleep and
// usleep, which park the run and nothing else.
package cfgutils

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded cfgutils.
type Module struct{ sleeper *sleep.Sleeper }

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	e.Funcs = []*script.Func{
		script.Func1("sleep", "Park the run for some seconds. -1: negative, or ended early by the time limit of async.", script.All, script.Int("seconds", "how long"),
			func(c *script.Ctx, n int32) script.Ret { return m.pause(c, time.Duration(n)*time.Second) }).MayWait(),
		script.Func1("usleep", "Park the run for some microseconds; the timer ticks every millisecond. -1 as sleep.", script.All, script.Int("microseconds", "how long"),
			func(c *script.Ctx, n int32) script.Ret { return m.pause(c, time.Duration(n)*time.Microsecond) }).MayWait(),
	}
}

// Start registers the timers.
func (m *Module) Start(e *module.Env) error {
	m.sleeper = sleep.New(e.Shared.(*proxy.Core).Group)
	return nil
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
	if out != asyncops.Completed {
		return -1
	}
	return 1
}
