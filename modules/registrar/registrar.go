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

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
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

	tables  usrloc.Tables
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
	if err := m.tables.Start(m.store); err != nil {
		return err
	}
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
