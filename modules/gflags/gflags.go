// Package gflags is OpenSIPS's gflags module: 32 flags of the whole process, which scripts
// and operators switch.
package gflags

import (
	"sync/atomic"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded gflags. All loops share its flags.
type Module struct {
	initial int
	flags   atomic.Uint32
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the parameter and the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Int(&m.initial, "initial", 0, "the flags that are set at the start, as the sum of 1 << flag")
	e.Commands = m.commands()
	flag := script.Int("flag", "0 to 31")
	e.Funcs = []*script.Func{
		script.Func1("set_gflag", "Set a flag. -1: there is none of that number.", script.All, flag, change(m.Set)),
		script.Func1("reset_gflag", "Unset a flag. -1: there is none of that number.", script.All, flag, change(m.Reset)),
		script.Func1("is_gflag", "Whether a flag is set.", script.All, flag, func(_ *script.Ctx, n int32) script.Ret {
			if bit := bitOf(n); bit != 0 && m.Has(bit) {
				return 1
			}
			return -1
		}),
	}
}

// Start sets the flags that are set at the start.
func (m *Module) Start(*module.Env) error {
	m.flags.Store(uint32(int32(m.initial)))
	return nil
}

// Set sets the flags of a mask.
func (m *Module) Set(mask uint32) { m.flags.Or(mask) }

// Reset unsets the flags of a mask.
func (m *Module) Reset(mask uint32) { m.flags.And(^mask) }

// Has reports whether all flags of a mask are set.
func (m *Module) Has(mask uint32) bool { return m.flags.Load()&mask == mask }

// Get returns all flags.
func (m *Module) Get() uint32 { return m.flags.Load() }

// bitOf is the mask of flag n; 0 if there is none.
func bitOf(n int32) uint32 {
	if n < 0 || n > 31 {
		return 0
	}
	return 1 << n
}

// change makes a function of what switches flags.
func change(f func(bit uint32)) func(*script.Ctx, int32) script.Ret {
	return func(_ *script.Ctx, n int32) script.Ret {
		bit := bitOf(n)
		if bit == 0 {
			return -1
		}
		f(bit)
		return 1
	}
}
