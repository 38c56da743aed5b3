package core

import "github.com/fastsips/fastsips/module"

var _ module.Closer = (*Module)(nil)

// Close ends what the core has going. It is the last module to close.
func (m *Module) Close() error {
	m.closeGuard()
	m.closeDatabases()
	return nil
}
