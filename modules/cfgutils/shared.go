package cfgutils

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
)

// mostShared bounds the names of $shv, which a script may make of messages.
const mostShared = 1 << 16

// A shared is all the $shv values.
type shared struct {
	cells sync.Map // name → *cell; looking up takes no lock
	n     atomic.Int32
}

// A cell is the value of one $shv(name). A value is never changed, only replaced, so
// every loop reads a whole one.
type cell struct{ v atomic.Pointer[script.Value] }

// get: "each shv has a single value and is initialized to integer 0".
func (x *cell) get() script.Value {
	if v := x.v.Load(); v != nil {
		return *v
	}
	return script.IntValue(0)
}

func (x *cell) set(v script.Value) { x.v.Store(&v) }

// cell returns the cell of name, nil if there are too many.
func (s *shared) cell(name string) *cell {
	if x, ok := s.cells.Load(name); ok {
		return x.(*cell)
	}
	if s.n.Add(1) > mostShared {
		s.n.Add(-1)
		return nil
	}
	x, had := s.cells.LoadOrStore(name, new(cell))
	if had {
		s.n.Add(-1)
	}
	return x.(*cell)
}

// variable is $shv(name).
func (s *shared) variable() *script.Var {
	return &script.Var{
		Name: "shv", Doc: "a variable that all runs share; 0 at first", Inner: script.NeedsInner,
		Bind: func(name string) (any, error) {
			if name == "" {
				return nil, errors.New("it needs a name")
			}
			if x := s.cell(name); x != nil {
				return x, nil
			}
			return nil, nil // messages have used up all names: it is looked up by name
		},
		Get: func(_ *script.Ctx, a *script.Arg) script.Value {
			if x, ok := a.Key.(*cell); ok {
				return x.get()
			}
			if x, ok := s.cells.Load(string(a.Name)); ok {
				return x.(*cell).get()
			}
			return script.IntValue(0)
		},
		Set: s.set,
	}
}

func (s *shared) set(c *script.Ctx, a *script.Arg, v script.Value) bool {
	x, ok := a.Key.(*cell)
	if !ok {
		x = s.cell(string(a.Name))
	}
	if x == nil {
		c.LogError("cfgutils: more than %d shared variables: %s is not set", mostShared, a.Name)
		return false
	}
	switch v.Kind {
	case script.NullKind:
		v = script.IntValue(0)
	case script.StrKind:
		v.Str = slices.Clone(v.Str)
	}
	x.set(v)
	return true
}

// setting reads name=i:1 or name=s:text.
func setting(s string) (name string, v script.Value, err error) {
	name, rest, ok := strings.Cut(s, "=")
	kind, text, ok2 := strings.Cut(rest, ":")
	if !ok || !ok2 || name == "" {
		return "", v, errors.New("it must be name=i:number or name=s:text")
	}
	v, err = valueOf(kind, text)
	return name, v, err
}

func valueOf(kind, text string) (script.Value, error) {
	switch kind {
	case "i", "int":
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return script.Null, errors.New(text + " is no number")
		}
		return script.IntValue(int32(n)), nil
	case "s", "str":
		return script.StrValue([]byte(text)), nil
	}
	return script.Null, errors.New("the type " + kind + " is neither i nor s")
}

func (m *Module) sharedCommands() []*mi.Command {
	return []*mi.Command{
		{Name: "cfgutils:shv_get", Doc: "The value of a shared variable, or of all.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return m.shared.list(), nil }),
			mi.Recipe1(mi.Str("name", "the variable"), func(_ context.Context, name string) (any, error) {
				x, ok := m.shared.cells.Load(name)
				if !ok {
					return nil, mi.Errorf(404, "Not found")
				}
				return described(name, x.(*cell).get()), nil
			})}},
		{Name: "cfgutils:shv_set", Doc: "Set a shared variable.", Recipes: []mi.Recipe{
			mi.Recipe3(mi.Str("name", "the variable"), mi.Str("type", "int or str"), mi.Str("value", "the value"),
				func(_ context.Context, name, kind, text string) (any, error) {
					v, err := valueOf(kind, text)
					x := m.shared.cell(name)
					switch {
					case err != nil:
						return nil, mi.Errorf(400, "%v", err)
					case x == nil:
						return nil, mi.Errorf(500, "too many shared variables")
					}
					x.set(v)
					return nil, nil
				})}},
	}
}

// list describes all shared variables, by name.
func (s *shared) list() mi.Object {
	var names []string
	s.cells.Range(func(name, _ any) bool {
		names = append(names, name.(string))
		return true
	})
	slices.Sort(names)
	list := []any{}
	for _, name := range names {
		x, _ := s.cells.Load(name)
		list = append(list, described(name, x.(*cell).get()))
	}
	return mi.Object{{Name: "VARs", Value: list}}
}

func described(name string, v script.Value) mi.Object {
	o := mi.Object{{Name: "name", Value: name}}
	if v.Kind == script.IntKind {
		return append(o, mi.Object{{Name: "type", Value: "integer"}, {Name: "value", Value: v.Int}}...)
	}
	return append(o, mi.Object{{Name: "type", Value: "string"}, {Name: "value", Value: string(v.Str)}}...)
}
