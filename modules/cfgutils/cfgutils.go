// Package cfgutils is OpenSIPS's cfgutils module: chance, pauses, locks, variables that
// all runs share, time.
//
// Nothing of it blocks: pauses and locks park the run. What loops share here is one
// atomic each: a shared variable, a lock's holder, the probability.
package cfgutils

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops/lock"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded cfgutils.
type Module struct {
	sleeper *sleep.Sleeper
	locker  *lock.Locker

	initialProb int
	prob        atomic.Int32

	shared shared

	poolSize int
	pool     []*lock.Lock // of get_dynamic_lock
	static   sync.Map     // name → *lock.Lock, of get_static_lock
	statics  atomic.Int32
	held     *script.Slot[held]

	zones zones
	recs  loop.Local[recurrences]

	hashFile, hash string
	start          time.Time
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.parameters(e)
	m.held = script.NewSlot(e.Registry(), (*held).giveBack)
	e.Funcs = append(e.Funcs, m.pauses()...)
	e.Funcs = append(e.Funcs, m.chances()...)
	e.Funcs = append(e.Funcs, m.locks()...)
	e.Funcs = append(e.Funcs, m.times()...)
	e.Funcs = append(e.Funcs, setFunctions()...)
	e.Funcs = append(e.Funcs, debugFunctions()...)
	e.Vars = append(e.Vars, randomVar(), m.shared.variable(), timeVar(), environmentVar())
	e.Commands = append(e.Commands, m.chanceCommands()...)
	e.Commands = append(e.Commands, m.sharedCommands()...)
	e.Commands = append(e.Commands, m.hashCommands()...)
}

func (m *Module) parameters(e *module.Env) {
	p := &e.Params
	p.IntRange(&m.initialProb, "initial_probability", 10, 0, 100, "per cent of which rand_event() is true")
	p.String(&m.hashFile, "hash_file", "", "file whose hash get_config_hash and check_config_hash tell")
	p.Ignored("shv_hash_size", "shared variables are found without searching")
	p.Func("shvset", "a shared variable's first value, name=i:1 or name=s:text; may be repeated", func(s string) error {
		name, v, err := setting(s)
		if err == nil {
			m.shared.cell(name).set(v)
		}
		return err
	})
	p.Func("varset", "the value that $var(name) has when a run begins, name=i:1 or name=s:text; may be repeated", func(s string) error {
		name, v, err := setting(s)
		if err == nil {
			e.Registry().InitVar(name, v)
		}
		return err
	})
	p.IntRange(&m.poolSize, "lock_pool_size", 32, 1, 1<<16, "locks of get_dynamic_lock(); two strings may have the same")
}

// Start makes the locks and the timers, and hashes the file.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	g := c.Group
	m.sleeper, m.locker = sleep.New(g, c.Ops), lock.New(g, c.Ops)
	for i := range m.poolSize {
		m.pool = append(m.pool, m.locker.Lock(i))
	}
	m.recs = loop.NewLocal[recurrences](g, nil)
	m.prob.Store(int32(m.initialProb))
	if m.hashFile == "" {
		return nil
	}
	var err error
	m.hash, err = hashOf(m.hashFile)
	return err
}
