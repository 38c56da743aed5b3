package mi

import (
	"strings"
	"sync"
)

// A Table finds commands by name and runs them, one at a time. It is filled while a
// configuration is loaded and does not change afterwards.
type Table struct {
	list    []*Command          // in the order of adding
	byName  map[string]*Command // canonical
	byAlias map[string]*Command
	byLocal map[string][]*Command

	running sync.Mutex // held while a command runs; loops never come here
}

// NewTable returns a table without commands.
func NewTable() *Table {
	return &Table{byName: map[string]*Command{}, byAlias: map[string]*Command{}, byLocal: map[string][]*Command{}}
}

// Add adds commands. It panics if one is incomplete or a canonical name is taken; of
// an alias that two want, the first keeps it.
func (t *Table) Add(list ...*Command) {
	for _, c := range list {
		if module, local, ok := strings.Cut(c.Name, ":"); !ok || module == "" || local == "" {
			panic("BUG: MI command " + c.Name + " has no module")
		}
		if c.Doc == "" || len(c.Recipes) == 0 {
			panic("BUG: MI command " + c.Name + " is incomplete")
		}
		if t.byName[c.Name] != nil {
			panic("BUG: MI command " + c.Name + " is declared twice")
		}
		t.list = append(t.list, c)
		t.byName[c.Name] = c
		t.byLocal[c.Local()] = append(t.byLocal[c.Local()], c)
		for _, a := range c.Aliases {
			if t.byAlias[a] == nil {
				t.byAlias[a] = c
			}
		}
	}
}

// List returns all commands in the order in which they were added.
func (t *Table) List() []*Command { return t.list }

// Find finds a command by its canonical name, by the bare one if no other command
// has the same, or by an alias, in that order. Otherwise the error is -32001 with
// the names that a bare one may mean, or -32601.
func (t *Table) Find(name string) (*Command, error) {
	local := t.byLocal[name]
	switch {
	case t.byName[name] != nil:
		return t.byName[name], nil
	case len(local) == 1:
		return local[0], nil
	case t.byAlias[name] != nil:
		return t.byAlias[name], nil
	case len(local) > 1:
		names := make([]string, len(local))
		for i, c := range local {
			names[i] = c.Name
		}
		return nil, Errorf(CodeAmbiguous, "Ambiguous method").With("supported names: " + strings.Join(names, ", "))
	}
	return nil, Errorf(CodeNotFound, "Method not found")
}
