// Package db_virtual is OpenSIPS's db_virtual module: a virtual://set is several
// databases that are used as one.
package db_virtual

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded db_virtual.
type Module struct {
	probe time.Duration
	sets  []*set
}

// maxMembers is how many databases a set may have.
const maxMembers = 64

var (
	_ db.Driver      = (*Module)(nil)
	_ module.Starter = (*Module)(nil)
)

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameters and commands.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Func("db_urls", `"define NAME FAILOVER", PARALLEL or ROUND begins a set of databases; their URLs follow, one each`, m.add)
	p.SecondsFrom(&m.probe, "db_probe_time", 10*time.Second, time.Second, "how long a database that was down is left alone before it is asked again")
	p.Ignored("db_max_consec_retrys", "a database is asked again for ever; one that is still down costs nobody anything")
	e.Commands = m.commands()
}

// add takes one db_urls parameter.
func (m *Module) add(text string) error {
	text = strings.TrimSpace(text)
	words := strings.Fields(text)
	switch {
	case text == "" || text[0] == '#':
		return nil
	case words[0] == "define":
		return m.define(words[1:])
	case len(m.sets) == 0:
		return errors.New(`"define NAME MODE" must come before the first URL`)
	}
	u, err := db.ParseURL(text)
	if err != nil {
		return err
	}
	if u.Scheme == "virtual" {
		return errors.New("a set cannot have another set in it")
	}
	s := m.sets[len(m.sets)-1]
	if len(s.members) == maxMembers {
		return fmt.Errorf("a set has at most %d databases", maxMembers)
	}
	s.members = append(s.members, &member{url: u})
	return nil
}

func (m *Module) define(words []string) error {
	if len(words) != 2 {
		return errors.New(`a set is defined as "define NAME MODE"`)
	}
	i := slices.Index(modes[:], words[1])
	if i < 0 {
		return fmt.Errorf("there is no mode %q; there are %s", words[1], strings.Join(modes[:], ", "))
	}
	if m.find(words[0]) != nil {
		return fmt.Errorf("set %q is defined twice", words[0])
	}
	m.sets = append(m.sets, &set{name: words[0], mode: mode(i)})
	return nil
}

func (m *Module) find(name string) *set {
	i := slices.IndexFunc(m.sets, func(s *set) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return m.sets[i]
}

// Start looks for sets without databases.
func (m *Module) Start(*module.Env) error {
	for _, s := range m.sets {
		if len(s.members) == 0 {
			return fmt.Errorf("db_urls: no URL follows \"define %s\"", s.name)
		}
	}
	return nil
}

// OpenDatabase opens virtual://name: all databases of the set.
func (m *Module) OpenDatabase(all *db.Set, u *db.URL) (db.Database, error) {
	s := m.find(u.Rest())
	if s == nil || len(s.members) == 0 {
		return nil, fmt.Errorf("db_virtual: db_urls defines no set %q with databases", u.Rest())
	}
	for _, x := range s.members {
		d, err := all.Open(x.url.Raw)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", s.name, err)
		}
		x.Database = d
	}
	s.prepare(all, m.probe)
	return s, nil
}
