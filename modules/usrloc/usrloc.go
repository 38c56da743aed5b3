// Package usrloc is OpenSIPS's usrloc module: the location service in which registrar keeps
// contacts and finds them again.
//
// The contacts are in package usrloc's store, which all loops share; the module has its
// parameters, its management commands and statistics, and the few functions of scripts.
// Other modules reach the store by [Module.Location].
package usrloc

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/usrloc"
)

// A Module is one loaded usrloc.
type Module struct {
	set     settings
	core    *proxy.Core
	env     *module.Env
	store   *usrloc.Store
	tables  usrloc.Tables
	natFlag uint32
	cache   *cachedb.Store // of cachedb_url
	counted atomic.Pointer[usrloc.Totaler]
	prepare func() error // makes and loads the backend; nil in the mode that has none
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.ParamsChecker = (*Module)(nil)
	_ module.Starter       = (*Module)(nil)
	_ module.Preparer      = (*Module)(nil)
	_ module.Closer        = (*Module)(nil)
)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.env = e
	m.core, _ = e.Shared.(*proxy.Core)
	m.set.parameters(&e.Params)
	e.Funcs = m.functions()
	e.Commands = m.commands()
	e.Stats = m.statistics()
	e.Events = usrloc.Events
}

// Location returns the store. It is there from the start of the modules on, whichever of
// them starts first.
func (m *Module) Location() *usrloc.Store {
	if m.store == nil {
		cfg := m.set.config(&m.core.Events)
		cfg.Declared = func(d *usrloc.Domain) { m.env.Statistics().Add(tableStats(d)...) }
		m.store = usrloc.NewStore(m.core.Group, cfg)
	}
	return m.store
}

// NATFlag is the branch flag of contacts behind NAT (nat_bflag); 0: none is set. Valid
// from the start of this module on.
func (m *Module) NATFlag() uint32 { return m.natFlag }

// Start opens what keeps contacts besides the memory.
func (m *Module) Start(e *module.Env) error {
	var err error
	if m.set.natFlag != "" {
		if m.natFlag, err = e.Registry().BranchFlags.Bit(m.set.natFlag); err != nil {
			return fmt.Errorf("nat_bflag: %w", err)
		}
	}
	if err := m.tables.Start(m.Location()); err != nil {
		return err
	}
	return m.openBackend(e)
}

// Prepare reads the contacts of before, for all tables that there are: modules have declared
// theirs by now.
func (m *Module) Prepare(*module.Env) error {
	if m.prepare == nil {
		return nil
	}
	return m.prepare()
}

// Close writes what has not been written yet.
func (m *Module) Close() error {
	if m.store == nil || m.store.Backend() == nil {
		return nil
	}
	return m.store.Backend().Close()
}

// maxAnswer bounds how long a command waits for a loop.
const maxAnswer = 10 * time.Second
