// Package registrar is OpenSIPS's registrar module: REGISTER requests, and where the
// users are (RFC 3261 §10), with Path (RFC 3327), GRUU (RFC 5627), outbound (RFC 5626) and
// push notifications (RFC 8599).
//
// What a request asks for becomes one usrloc.Change, which is done all or not at all. The
// package refuses to know how contacts are kept: see package usrloc.
package registrar

import (
	"fmt"
	"strings"
	"sync"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// A Module is one loaded registrar.
type Module struct {
	set   settings
	aor   aorRule
	store *usrloc.Store
	core  *proxy.Core
	where locator

	tables  tables
	scratch loop.Local[scratch]
	count   []*counters // by loop
	gruu    gruus
	push    *push // nil without pn_enable

	purrAVPs [len(purrNames)]int32
}

// counters are those of one loop.
type counters struct{ accepted, rejected metrics.Counter }

// scratch is memory that a loop uses again.
type scratch struct {
	text  []byte       // answers under construction
	msg   sipparse.Msg // as edited, see asEdited
	order []place
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares parameters, functions and statistics.
func (m *Module) Setup(e *module.Env) {
	e.Depends("keeps the contacts", "usrloc")
	e.Depends("sends the answers", "signaling")
	m.parameters(&e.Params, e.Registry())
	m.core, _ = e.Shared.(*proxy.Core)
	for i, name := range purrNames {
		m.purrAVPs[i] = e.Registry().AVPID(name)
	}
	e.Funcs = append(e.Funcs, m.saveFunction(), m.lookupFunction())
	e.Funcs = append(e.Funcs, m.removeFunctions(e.Registry())...)
	e.Funcs = append(e.Funcs, m.registeredFunctions()...)
	e.Funcs = append(e.Funcs, m.socketFunction(), m.purrFunction())
	e.Stats = m.statistics()
}

// A locator is the module usrloc.
type locator interface {
	Location() *usrloc.Store
	NATFlag() uint32 // of branches
}

// Start finds the location service, and the tables that the script names in it.
func (m *Module) Start(e *module.Env) error {
	var ok bool
	if m.where, ok = e.Module("usrloc").(locator); !ok {
		return fmt.Errorf("the module usrloc keeps no contacts")
	}
	m.store = m.where.Location()
	m.tables.start(m.store)
	m.aor = m.set.aorRule(m.store.UseDomain())
	m.scratch = loop.NewLocal(m.core.Group, func(int) scratch { return scratch{} })
	m.count = metrics.PerLoop[counters](m.core.Group.Len())
	if err := m.gruu.start(m.set.gruuSecret); err != nil {
		return err
	}
	return m.startPush()
}

func (s *settings) aorRule(useDomain bool) aorRule {
	r := aorRule{prefix: []byte(strings.ToLower(s.realmPrefix)), maxUser: s.maxUser, maxDomain: s.maxDomain, maxLen: s.maxAoR}
	r.Domain, r.CaseSensitive = useDomain, s.caseSensitive
	return r
}

// tables are the domains that scripts name, each once.
type tables struct {
	mu    sync.Mutex // scripts are loaded by one at a time, but not by the loops
	store *usrloc.Store
	list  map[string]*table
}

// A table is one domain of the location service, "location". What is in it does not
// change once the loops run.
type table struct {
	name   string
	domain *usrloc.Domain
}

// load is called when a script is compiled. Domains are made at the start: a script that
// is loaded later has those that there are.
func (t *tables) load(name string) (*table, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if name == "" {
		return nil, fmt.Errorf("the name of a table is empty")
	}
	if x := t.list[name]; x != nil {
		return x, nil
	}
	x := &table{name: name}
	if t.store != nil {
		if x.domain = t.store.Domain(name); x.domain == nil {
			return nil, &script.Refusal{Msg: fmt.Sprintf("there was no table %q when fastsips started", name), Hint: "restart fastsips to have it"}
		}
	}
	if t.list == nil {
		t.list = map[string]*table{}
	}
	t.list[name] = x
	return x, nil
}

func (t *tables) start(s *usrloc.Store) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.store = s
	for _, x := range t.list {
		x.domain = s.Declare(x.name)
	}
}

// param is the table that a function works on.
func (t *tables) param() script.Param[*table] {
	return script.OwnFormat("domain", "table of contacts", func(l *script.Literal) (*table, error) {
		if len(l.Pieces) != 1 || l.Pieces[0].IsVar() {
			return nil, &script.Refusal{Msg: "the name of a table is no variable", Hint: `write "location"`}
		}
		return t.load(l.Pieces[0].Text)
	})
}
