package module

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/check"
	"github.com/fastsips/fastsips/script/syntax"
)

// CoreName is the name of the core module's Env.
const CoreName = "core"

// A Loaded is a configuration with its modules.
type Loaded struct {
	Program  *script.Program // nil when there were errors
	Registry *script.Registry
	Config   *syntax.Config
	Modules  []*Instance // in the order of loading; the core is the first
	Commands *mi.Table
	Stats    *metrics.Stats
	Caches   cachedb.Registry

	attempted int // modules whose Start was called
}

// An Instance is one loaded module.
type Instance struct {
	Name   string
	Module Module
	Env    *Env
}

// loading is the state of one Load.
type loading struct {
	*Loaded
	cfg     *syntax.Config
	cat     Catalogue
	shared  any
	alter   func(*Env)
	d       *syntax.Diags
	at      map[string]syntax.Span // where each module is loaded
	unknown map[string]bool        // modules that loadmodule asked for in vain
	called  map[string][]string    // old names that loadmodule used for a module
}

// Load sets up the core and the modules that cfg loads, gives them their
// parameters, and checks and compiles the script. All passes add what is wrong
// to d; the result is always usable for looking things up, but has a Program
// only when d has no errors.
func Load(cfg *syntax.Config, cat Catalogue, core Module, shared any, d *syntax.Diags) *Loaded {
	return LoadAltered(cfg, cat, core, shared, nil, d)
}

// LoadAltered is Load for tests of scripts: alter, unless it is nil, may replace what a
// module has just declared (and, with the core's, what the language has).
func LoadAltered(cfg *syntax.Config, cat Catalogue, core Module, shared any, alter func(*Env), d *syntax.Diags) *Loaded {
	l := &loading{alter: alter, Loaded: &Loaded{Registry: script.NewRegistry(), Commands: mi.NewTable(), Stats: metrics.NewStats(), Config: cfg}, cfg: cfg, cat: cat, shared: shared, d: d,
		at: map[string]syntax.Span{}, unknown: map[string]bool{}, called: map[string][]string{}}
	l.add(CoreName, core)
	for _, g := range cfg.Globals {
		l.global(g)
	}
	for _, m := range cfg.Loads {
		l.loadModule(m)
	}
	l.follow()
	for _, p := range cfg.Params {
		l.modParam(p)
	}
	for _, in := range l.Modules {
		l.depends(in)
	}
	l.preludes()
	l.register()
	l.checkParams()
	check.Check(cfg, l.Registry, d)
	l.Program = compile(cfg, l.Registry, len(l.unknown) > 0, d)
	if d.Errors() > 0 {
		l.Program = nil
	}
	return l.Loaded
}

// Module returns the loaded module of that name, or nil.
func (l *Loaded) Module(name string) Module {
	for _, in := range l.Modules {
		if in.Name == name {
			return in.Module
		}
	}
	return nil
}

func (l *loading) add(name string, m Module) *Env {
	e := &Env{Name: name, Shared: l.shared, loaded: l.Loaded}
	m.Setup(e)
	if name != CoreName && len(e.Globals.list) > 0 {
		panic("BUG: module " + name + " declares global parameters")
	}
	if l.alter != nil {
		l.alter(e)
	}
	l.Modules = append(l.Modules, &Instance{Name: name, Module: m, Env: e})
	return e
}

func (l *loading) global(g *syntax.Global) {
	globals := &l.Modules[0].Env.Globals
	if g.Socket != nil {
		if g.Name == "listen" {
			l.d.Deprecated(g.Span, "listen is an old name", "it is socket now")
		}
		globals.Sockets = append(globals.Sockets, g.Socket)
		l.socket(globals, g.Socket)
		return
	}
	q := globals.byName[g.Name]
	if q == nil {
		l.d.Add(syntax.Error, g.Span, "unknown global parameter "+g.Name, didYouMean(syntax.Nearest(g.Name, globals.names)))
		return
	}
	v, ok := wordValue(q, g.Value)
	if !ok {
		l.d.Add(syntax.Error, g.Value.At(), g.Name+" must be "+q.Kind.String(), "")
		return
	}
	l.set(q, v, g.Name, g.Name, g.Span, g.Value.At())
}

func (l *loading) socket(globals *Globals, s *syntax.Socket) {
	if globals.Socket == nil {
		return
	}
	notes, err := globals.Socket(s)
	if err != nil {
		l.d.Add(syntax.Error, s.Span, "socket: "+err.Error(), "")
	}
	for _, n := range notes {
		l.d.Add(syntax.Note, s.Span, n, "")
	}
}

// set gives q a value of the right type.
func (l *loading) set(q *Param, v Value, called, name string, nameAt, valueAt syntax.Span) {
	if slices.Contains(q.Old, name) {
		l.d.Deprecated(nameAt, name+" is an old name", "it is "+q.Name+" now")
	} else if q.Gone {
		l.d.Deprecated(nameAt, called+" is gone", q.Doc)
	} else if q.Ignored {
		l.d.Add(syntax.Note, nameAt, called+" has no meaning here", q.Doc)
	}
	if err := q.set(v); err != nil {
		l.d.Add(syntax.Error, valueAt, called+": "+err.Error(), "")
	}
}

func (l *loading) loadModule(m *syntax.LoadModule) {
	name := l.renew(m)
	if name == "" {
		return
	}
	if name != m.Name {
		m = &syntax.LoadModule{Span: m.Span, Path: m.Path, Name: name}
	}
	if first, ok := l.at[m.Name]; ok {
		l.d.Add(syntax.Note, m.Span, "module "+m.Name+" is loaded already",
			fmt.Sprintf("at %s:%d", first.Src.Name, first.Line))
		return
	}
	make := l.cat[m.Name]
	if make == nil {
		near := ""
		if !slices.Contains(opensipsModules, m.Name) {
			near = syntax.Nearest(m.Name, maps.Keys(l.cat))
		}
		l.unknown[m.Name] = true
		l.unknownModule(m, near)
		if near == "" || l.Module(near) != nil {
			return
		}
		// Go on with the one that was meant, lest its names be unknown, too.
		m = &syntax.LoadModule{Span: m.Span, Name: near}
		make = l.cat[near]
	}
	l.at[m.Name] = m.Span
	l.add(m.Name, make())
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return "did you mean " + near + "?"
}

// depends reports what in needs and is not loaded.
func (l *loading) depends(in *Instance) {
	for _, dep := range in.Env.depends {
		found := l.cfg.Partial || dep.when != nil && !dep.when()
		for _, name := range dep.anyOf {
			found = found || l.Module(name) != nil
		}
		if found {
			continue
		}
		msg := "module " + in.Name + " needs " + strings.Join(dep.anyOf, " or ")
		if dep.why != "" {
			msg += " " + dep.why
		}
		l.d.Add(syntax.Error, l.at[in.Name], msg, `add loadmodule "`+dep.anyOf[0]+`.so"`)
	}
}

// moduleNames is the pattern of the modules that p is about.
func moduleNames(p *syntax.ModParam) (*regexp.Regexp, error) {
	return regexp.Compile("(?i)^(?:" + p.Modules + ")$")
}

// modParam sets a parameter in every loaded module that the pattern matches.
func (l *loading) modParam(p *syntax.ModParam) {
	re, err := moduleNames(p)
	if err != nil {
		l.d.Add(syntax.Error, p.ModulesSpan, "module names are no regular expression: "+err.Error(), "")
		return
	}
	matched := l.cfg.Partial
	for name := range l.unknown {
		matched = matched || re.MatchString(name)
	}
	for _, in := range l.Modules[1:] {
		if l.isCalled(in, re) {
			matched = true
			l.modParamOf(in, p)
		}
	}
	if !matched {
		l.d.Add(syntax.Error, p.ModulesSpan, "no loaded module is called "+p.Modules, l.missing(re, p.Modules))
	}
}

// isCalled reports whether a pattern of module names means in.
func (l *loading) isCalled(in *Instance, re *regexp.Regexp) bool {
	return re.MatchString(in.Name) || slices.ContainsFunc(l.called[in.Name], re.MatchString)
}

// missing suggests what to do about a modparam of a module that is not loaded.
func (l *loading) missing(re *regexp.Regexp, pattern string) string {
	best := ""
	for name := range l.cat {
		if re.MatchString(name) && (best == "" || name < best) {
			best = name
		}
	}
	if best != "" {
		return `add loadmodule "` + best + `.so"`
	}
	return didYouMean(syntax.Nearest(pattern, maps.Keys(l.at)))
}

func (l *loading) modParamOf(in *Instance, p *syntax.ModParam) {
	q := in.Env.Params.byName[p.Name]
	if q == nil {
		l.d.Add(syntax.Error, p.NameSpan, fmt.Sprintf("module %s has no parameter %q", in.Name, p.Name),
			didYouMean(syntax.Nearest(p.Name, in.Env.Params.names)))
		return
	}
	called := in.Name + " " + p.Name
	var v Value
	switch x := p.Value.(type) {
	case *syntax.NumLit:
		v = Value{IsInt: true, Int: x.Value}
	case *syntax.StrLit:
		if x.Broken {
			return
		}
		v = Value{Str: x.Value}
	}
	if !q.accepts(v) {
		l.d.Add(syntax.Error, p.Value.At(), called+" must be "+q.Kind.String(), q.rewrite(v))
		return
	}
	l.set(q, v, called, p.Name, p.NameSpan, p.Value.At())
}

// rewrite shows how a value of the wrong type is written right, if it can be.
func (q *Param) rewrite(v Value) string {
	if v.IsInt {
		return fmt.Sprintf(`write "%d"`, v.Int)
	}
	if n, err := parseInt(v.Str); err == nil {
		return fmt.Sprintf("write %d", n)
	}
	return ""
}
