package module

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A ParamKind is the type that a parameter is written in.
type ParamKind uint8

// The kinds.
const (
	IntParam    ParamKind = iota
	StringParam           // "text"
	BoolParam             // a number; global parameters also take yes and no
	AnyParam              // accepted, but without meaning here
)

func (k ParamKind) String() string {
	return [...]string{"a number", "a string", "a number (0 or 1)", "a number or a string"}[k]
}

// A Param is one declared parameter, for setting it and for documentation.
type Param struct {
	Name, Doc string
	Kind      ParamKind
	Default   string   // as it would be written
	Ignored   bool     // Doc says why it has no meaning here
	Gone      bool     // OpenSIPS has it no more
	Aliases   []string // further names
	Old       []string // names of earlier versions of OpenSIPS

	set func(Value) error
}

// A Value is what a configuration gives for a parameter.
type Value struct {
	IsInt bool
	Int   int32
	Str   string
}

// Params are the parameters of a module, declared in the manner of package
// flag: each declaration sets the default at once.
type Params struct {
	list   []*Param
	byName map[string]*Param // aliases too
}

// List returns the parameters in the order of declaration.
func (p *Params) List() []*Param { return p.list }

// Int declares a number.
func (p *Params) Int(v *int, name string, def int, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: IntParam, Default: fmt.Sprint(def),
		set: func(x Value) error { *v = int(x.Int); return nil }})
}

// IntRange is Int for a number from lo to hi.
func (p *Params) IntRange(v *int, name string, def, lo, hi int, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: IntParam, Default: fmt.Sprint(def), set: func(x Value) error {
		if n := int(x.Int); n < lo || n > hi {
			return fmt.Errorf("must be from %d to %d, not %d", lo, hi, n)
		}
		*v = int(x.Int)
		return nil
	}})
}

// String declares a text.
func (p *Params) String(v *string, name, def, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: StringParam, Default: fmt.Sprintf("%q", def),
		set: func(x Value) error { *v = x.Str; return nil }})
}

// Bool declares a number of which only being zero matters.
func (p *Params) Bool(v *bool, name string, def bool, doc string) {
	*v = def
	text := "0"
	if def {
		text = "1"
	}
	p.add(&Param{Name: name, Doc: doc, Kind: BoolParam, Default: text,
		set: func(x Value) error { *v = x.Int != 0; return nil }})
}

// Seconds declares a time that is written as a number of seconds.
func (p *Params) Seconds(v *time.Duration, name string, def time.Duration, doc string) {
	p.duration(v, name, def, time.Second, doc)
}

// Millis declares a time that is written as a number of milliseconds.
func (p *Params) Millis(v *time.Duration, name string, def time.Duration, doc string) {
	p.duration(v, name, def, time.Millisecond, doc)
}

func (p *Params) duration(v *time.Duration, name string, def, unit time.Duration, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: IntParam, Default: fmt.Sprint(int64(def / unit)), set: func(x Value) error {
		if x.Int < 0 {
			return fmt.Errorf("must not be negative")
		}
		*v = time.Duration(x.Int) * unit
		return nil
	}})
}

// SecondsFrom is Seconds for a time of at least lo.
func (p *Params) SecondsFrom(v *time.Duration, name string, def, lo time.Duration, doc string) {
	p.Seconds(v, name, def, doc)
	set := p.byName[name].set
	p.byName[name].set = func(x Value) error {
		if time.Duration(x.Int)*time.Second < lo {
			return fmt.Errorf("must be at least %d, not %d", lo/time.Second, x.Int)
		}
		return set(x)
	}
}

// Choice declares a text that is one of a few; v becomes its index. The first is the default.
func (p *Params) Choice(v *int, name, doc string, choices ...string) {
	*v = 0
	doc += ": " + strings.Join(choices, " or ")
	p.add(&Param{Name: name, Doc: doc, Kind: StringParam, Default: fmt.Sprintf("%q", choices[0]), set: func(x Value) error {
		i := slices.Index(choices, x.Str)
		if i < 0 {
			return fmt.Errorf("must be %s, not %q", strings.Join(choices, " or "), x.Str)
		}
		*v = i
		return nil
	}})
}

// Func declares a text that a function takes, once for each time it is written.
// It must only note what it is given, or refuse it.
func (p *Params) Func(name, doc string, set func(string) error) {
	p.add(&Param{Name: name, Doc: doc, Kind: StringParam, set: func(x Value) error { return set(x.Str) }})
}

// IntFunc is Func for numbers.
func (p *Params) IntFunc(name, doc string, set func(int) error) {
	p.add(&Param{Name: name, Doc: doc, Kind: IntParam, set: func(x Value) error { return set(int(x.Int)) }})
}

// IntOrName declares a number that may be written as one of the names of words.
func (p *Params) IntOrName(v *int, name string, def, lo, hi int, words map[string]int, doc string) {
	*v = def
	p.add(&Param{Name: name, Doc: doc, Kind: AnyParam, Default: fmt.Sprint(def), set: func(x Value) error {
		n, known := int(x.Int), true
		if !x.IsInt {
			n, known = words[x.Str]
		}
		if !known || n < lo || n > hi {
			return fmt.Errorf("must be a number from %d to %d or %s", lo, hi, strings.Join(slices.Sorted(maps.Keys(words)), ", "))
		}
		*v = n
		return nil
	}})
}

// Ignored declares a parameter that is accepted, of either type, and changes
// nothing; note says why, such as "one event loop per CPU serves all sockets".
func (p *Params) Ignored(name, note string) {
	p.add(&Param{Name: name, Doc: note, Kind: AnyParam, Ignored: true, set: func(Value) error { return nil }})
}

// Gone is Ignored for a parameter that OpenSIPS 4 has no more: writing it is deprecated.
// Note says what to do instead.
func (p *Params) Gone(name, note string) {
	p.Ignored(name, note)
	p.byName[name].Gone = true
}

// Replaced declares a number (yes and no count) of which earlier versions of OpenSIPS have
// one parameter where there are several now: writing it is deprecated, and set does what
// it did.
func (p *Params) Replaced(name, note string, set func(int) error) {
	p.add(&Param{Name: name, Doc: note, Kind: IntParam, Gone: true, set: func(x Value) error { return set(int(x.Int)) }})
}

// Alias gives a declared parameter further names, which are as good.
func (p *Params) Alias(name string, aliases ...string) {
	q := p.alias(name, aliases)
	q.Aliases = append(q.Aliases, aliases...)
}

// Old gives a declared parameter names that earlier versions of OpenSIPS have for it.
func (p *Params) Old(name string, names ...string) {
	q := p.alias(name, names)
	q.Old = append(q.Old, names...)
}

func (p *Params) alias(name string, names []string) *Param {
	q := p.byName[name]
	if q == nil {
		panic("BUG: alias of parameter " + name + ", which is not declared")
	}
	for _, a := range names {
		p.name(a, q)
	}
	return q
}

func (p *Params) add(q *Param) {
	p.name(q.Name, q)
	p.list = append(p.list, q)
}

func (p *Params) name(name string, q *Param) {
	if p.byName == nil {
		p.byName = map[string]*Param{}
	}
	if p.byName[name] != nil {
		panic("BUG: parameter " + name + " declared twice")
	}
	p.byName[name] = q
}

// names yields the names of all parameters, for suggestions.
func (p *Params) names(yield func(string) bool) {
	for _, q := range p.list {
		if !yield(q.Name) {
			return
		}
	}
}

// accepts reports whether a value of v's type can be given to the parameter.
func (q *Param) accepts(v Value) bool {
	return q.Kind == AnyParam || v.IsInt == (q.Kind != StringParam)
}
