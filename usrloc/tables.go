package usrloc

import (
	"fmt"

	"github.com/fastsips/fastsips/script"
)

// Tables are the domains that the functions of one module name in scripts. They are noted
// when a script is compiled, and found when the module starts.
type Tables struct {
	store *Store
	list  []*Table
}

// A Table is one of them.
type Table struct {
	Name   string
	Domain *Domain // from the start on
}

// Param is the name of a table, without variables.
func (t *Tables) Param(name string) script.Param[*Table] {
	return script.OwnFormat(name, `the table of contacts: "location"`, func(l *script.Literal) (*Table, error) {
		if len(l.Pieces) != 1 || l.Pieces[0].IsVar() {
			return nil, &script.Refusal{Msg: "the name of a table is a text without variables", Hint: `write "location"`}
		}
		return t.find(l.Pieces[0].Text)
	})
}

// find notes a name. A script that is loaded later has the tables that there are.
func (t *Tables) find(name string) (*Table, error) {
	if name == "" {
		return nil, &script.Refusal{Msg: "the name of a table is empty", Hint: `write "location"`}
	}
	for _, x := range t.list {
		if x.Name == name {
			return x, nil
		}
	}
	x := &Table{Name: name}
	if t.store != nil {
		if x.Domain = t.store.Domain(name); x.Domain == nil {
			return nil, &script.Refusal{Msg: fmt.Sprintf("there was no table %q when fastsips started", name), Hint: "restart fastsips to have it"}
		}
		return x, nil
	}
	t.list = append(t.list, x)
	return x, nil
}

// Start makes the tables in s.
func (t *Tables) Start(s *Store) error {
	t.store = s
	for _, x := range t.list {
		if x.Domain = s.Declare(x.Name); x.Domain == nil {
			return fmt.Errorf("scripts name more than %d tables of contacts", MaxDomains)
		}
	}
	return nil
}
