package module

import (
	"fmt"
	"strconv"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/check"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Checker is a module that needs something of the script, such as a route that a
// parameter of it names. It refuses a script by an error, at the start and at each
// reload.
type Checker interface {
	CheckProgram(*script.Program) error
}

// Recompile checks and compiles the routes of another version of the configuration
// for the modules that are loaded, beside the script that runs, and returns nil when
// d has errors. Everything but routes stays as it was at the start: d gets a note for
// each difference. One at a time, and not on a loop.
func (l *Loaded) Recompile(cfg *syntax.Config, cat Catalogue, d *syntax.Diags) *script.Program {
	l.differences(cfg, d)
	routes := *cfg
	routes.Globals, routes.Loads, routes.Params = l.Config.Globals, l.Config.Loads, l.Config.Params
	l.learn(cfg, cat, l.Modules[0].Env.Shared)
	check.Check(&routes, l.Registry, d)
	prog := compile(&routes, l.Registry, false, d)
	if prog == nil || d.Errors() > 0 {
		return nil
	}
	NeedMainRoute(cfg, prog, d)
	for _, in := range l.Modules {
		if c, ok := in.Module.(Checker); ok {
			if err := c.CheckProgram(prog); err != nil {
				d.Add(syntax.Error, top(cfg), "module "+in.Name+": "+err.Error(), "")
			}
		}
	}
	if d.Errors() > 0 {
		return nil
	}
	return prog
}

// NeedMainRoute reports that there is no route { }.
func NeedMainRoute(cfg *syntax.Config, prog *script.Program, d *syntax.Diags) {
	if prog.Route(syntax.RequestRoute, "") < 0 {
		d.Add(syntax.Error, top(cfg), "there is no main route", "add route { ... }")
	}
}

func top(cfg *syntax.Config) syntax.Span {
	return syntax.Span{Pos: syntax.Pos{Src: cfg.Sources[0], Line: 1, Col: 1}, Len: 1}
}

// differences notes what cfg says that takes effect at the next start only.
func (l *Loaded) differences(cfg *syntax.Config, d *syntax.Diags) {
	old, now := settingsOf(l.Config), settingsOf(cfg)
	left := map[string]int{}
	for _, s := range old {
		left[s.text]++
	}
	changed := map[string]bool{}
	for _, s := range now {
		if left[s.text]--; left[s.text] < 0 {
			changed[s.key] = true
			d.Add(syntax.Note, s.Span, s.key+" is not what fastsips was started with", "it takes effect at the next start")
		}
	}
	for _, s := range old {
		if left[s.text]--; left[s.text] >= 0 && !changed[s.key] {
			changed[s.key] = true
			d.Add(syntax.Note, top(cfg), s.key+" is gone", "it takes effect at the next start")
		}
	}
}

// A setting is one line that is no route.
type setting struct {
	syntax.Span
	key, text string
}

func settingsOf(cfg *syntax.Config) (list []setting) {
	for _, g := range cfg.Globals {
		text := valueText(g.Value)
		if g.Socket != nil {
			text = g.Socket.Written() + fmt.Sprint(g.Socket.AsHost, g.Socket.AsPort, g.Socket.Options)
		}
		list = append(list, setting{g.Span, g.Name, g.Name + "=" + text})
	}
	for _, m := range cfg.Loads {
		list = append(list, setting{m.Span, "loadmodule " + m.Name, "loadmodule " + m.Name})
	}
	for _, p := range cfg.Params {
		key := "parameter " + p.Name + " of " + p.Modules
		list = append(list, setting{p.NameSpan, key, key + "=" + valueText(p.Value)})
	}
	return list
}

func valueText(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.NumLit:
		return strconv.Itoa(int(x.Value))
	case *syntax.StrLit:
		return strconv.Quote(x.Value)
	}
	return ""
}
