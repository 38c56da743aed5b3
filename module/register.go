package module

import (
	"strconv"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/check"
	"github.com/fastsips/fastsips/script/syntax"
)

func parseInt(s string) (int64, error) { return strconv.ParseInt(s, 10, 32) }

// register puts the declarations of all modules into the registry. The core's
// win over a module's, and an earlier module's over a later one's.
func (l *loading) register() {
	r := l.Registry
	for _, in := range l.Modules {
		r.AddFuncs(in.Env.Funcs...)
		r.AddVars(in.Env.Vars...)
		r.AddTransforms(in.Env.Transforms...)
		l.Commands.Add(in.Env.Commands...)
		l.Stats.Add(in.Env.Stats...)
		l.Caches.Add(in.Env.Engines...)
		if in.Name != CoreName {
			r.Modules[in.Name] = true
		}
	}
	l.learn(l.cfg, l.cat, l.shared)
}

// learn finds out what the modules that are not loaded offer, for hints about the names
// that cfg has and nobody declares.
func (l *Loaded) learn(cfg *syntax.Config, cat Catalogue, shared any) {
	if !check.NamesUnknown(cfg, l.Registry) {
		return
	}
	known := map[string]string{}
	note := func(name, module string) {
		if old := known[name]; old == "" || module < old {
			known[name] = module
		}
	}
	for name, make := range cat {
		if l.Registry.Modules[name] {
			continue
		}
		e := &Env{Name: name, Shared: shared, loaded: l}
		make().Setup(e)
		for _, f := range e.Funcs {
			for _, n := range append([]string{f.Name}, f.Aliases...) {
				note(n, name)
			}
		}
		for _, v := range e.Vars {
			for _, n := range append([]string{v.Name}, v.Aliases...) {
				note("$"+n, name)
			}
		}
		for _, t := range e.Transforms {
			note("{"+transformKey(t), name)
		}
	}
	l.Registry.Known = known
}

func transformKey(t *script.TransformDef) string { return t.Class + "." + t.Name }
