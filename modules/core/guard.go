package core

import "github.com/fastsips/fastsips/module"

var _ module.Opener = (*Module)(nil)

// Open begins to watch the loops, which run by now.
func (m *Module) Open(e *module.Env) error {
	if m.stall > 0 {
		m.unguard = sharedCore(e).Proxy().GuardLoops(m.stall)
	}
	return nil
}

// closeGuard ends that.
func (m *Module) closeGuard() {
	if m.unguard != nil {
		m.unguard()
	}
}
