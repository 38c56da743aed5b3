package core

import (
	"github.com/fastsips/fastsips/module"
)

var (
	_ module.Opener = (*Module)(nil)
	_ module.Closer = (*Module)(nil)
)

// Open begins to watch the loops, which run by now.
func (m *Module) Open(e *module.Env) error {
	if m.stall > 0 {
		m.unguard = sharedCore(e).Proxy().GuardLoops(m.stall)
	}
	return nil
}

// Close ends that.
func (m *Module) Close() error {
	if m.unguard != nil {
		m.unguard()
	}
	return nil
}
