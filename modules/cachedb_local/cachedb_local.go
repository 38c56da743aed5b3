// Package cachedb_local is OpenSIPS's cachedb_local module: key-value stores in the
// memory of the process, for the cache_* functions of the core.
//
// All loops share the collections without locks (package memory). Keys whose time is over
// are not seen any more at once; a timer takes them out, a few leaves at a time.
package cachedb_local

import (
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/cachedb/memory"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/timer"
)

// A Module is one loaded cachedb_local.
type Module struct {
	engine      *cachedb.Engine
	collections []*collection // the default one is the first
	clean       time.Duration
	threshold   int // microseconds of a slow query; 0: they are not measured
	limit       int // MiB
	persistent  bool
	opened      bool

	group    *loop.Group
	file     string // of restart persistency
	budget   *memory.Budget
	cleaning timer.Kind
	counters []*counters
	states   loop.Local[state]
	backend  *asyncops.Backend
}

// A state is what one loop works with.
type state struct {
	*counters
	digits [20]byte
	prune  memory.Cursor // of what is done when the memory is used up
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.engine = cachedb.NewEngine("local", "in the memory of this process")
	m.engine.Default("")
	m.collections = []*collection{{name: defaultCollection, bits: defaultBits}}
	e.Engines = []*cachedb.Engine{m.engine}
	m.parameters(&e.Params)
	e.Funcs = append(e.Funcs, m.chunkFunction())
	e.Commands = append(e.Commands, m.chunkCommands()...)
	e.Stats = m.statistics()
}

func (m *Module) parameters(p *module.Params) {
	p.Func("cachedb_url", `what a script's store is: local:///collection is "local", local:group:///collection is "local:group"; without a collection it is the one called default`,
		func(s string) error { _, err := m.engine.Add(s); return err })
	p.Func("cache_collections", `collections to make, with the logarithm of a size that saves memory or levels: "one; two=12"`, m.addCollections)
	p.SecondsFrom(&m.clean, "cache_clean_period", 600*time.Second, time.Second, "seconds between two searches for keys whose time is over, to free their memory")
	p.IntRange(&m.threshold, "exec_threshold", 0, 0, 1<<30, "microseconds of a query above which it is logged and counted; 0: queries are not measured")
	p.IntRange(&m.limit, "max_memory", 256, 1, 1<<20, "MiB that all collections may take together; beyond it cache_store() and cache_add() give -4")
	p.Bool(&m.persistent, "enable_restart_persistency", false, "write all keys to restart_persistency_cache_file at the end, and read them at the start")
	p.Ignored("cluster_id", "nothing is replicated yet")
	p.Ignored("cluster_persistency", "nothing is replicated yet")
	p.Replaced("cache_table_size", `write cache_collections "default=N"`, func(n int) error { return m.collections[0].resize(n) })
}

// Start makes the collections, and opens the stores.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.group, m.file = c.Group, c.Settings.PersistencyFile
	m.budget = memory.NewBudget(int64(m.limit) << 20)
	m.counters = metrics.PerLoop[counters](c.Group.Len())
	m.states = loop.NewLocal(c.Group, func(i int) state { return state{counters: m.counters[i]} })
	m.cleaning = c.Group.NewKind(func(l *loop.Loop, i uint64) { m.collections[i].tick(l) })
	m.backend = c.Ops.Backend("cachedb", "local")
	for i, col := range m.collections {
		col.m, col.index, col.table = m, uint64(i), memory.New(col.bits, m.budget)
	}
	for _, s := range m.engine.Stores() {
		col, err := m.collectionOf(s)
		if err != nil {
			return err
		}
		col.used = true
		s.Open(col)
	}
	for _, col := range m.collections[1:] {
		if !col.used {
			c.Group.Logger().Warn("cachedb_local: no cachedb_url leads to the collection " + col.name)
		}
	}
	if m.persistent {
		m.restore()
	}
	return nil
}

// collectionOf finds what the last URL of a store names: "Redefining an URL with the same
// schema and group name will result in overwriting that URL".
func (m *Module) collectionOf(s *cachedb.Store) (*collection, error) {
	if len(s.URLs) == 0 {
		return m.collections[0], nil
	}
	u := s.URLs[len(s.URLs)-1]
	name := strings.TrimPrefix(u.Rest, "/")
	if name == "" {
		return m.collections[0], nil
	}
	if col := m.collection(name); col != nil {
		return col, nil
	}
	hint := "add it to cache_collections"
	if near := syntax.Nearest(name, m.names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, fmt.Errorf("cachedb_url %s: there is no collection %q (%s)", u, name, hint)
}

// Open says that the proxy has come up: only then are keys written at the end.
func (m *Module) Open(*module.Env) error {
	m.opened = true
	return nil
}

// Close writes the keys to the file, if that is wanted.
func (m *Module) Close() error {
	if !m.persistent || !m.opened {
		return nil
	}
	return m.save()
}
