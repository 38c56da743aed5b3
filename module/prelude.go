package module

import (
	"slices"

	"github.com/fastsips/fastsips/script/syntax"
)

// A Preluder brings statements that run in front of those of the main route, in the order
// in which the modules were loaded. They are script, so that they may wait as any other.
// Prelude is called once the parameters are set.
type Preluder interface{ Prelude() string }

// preludes puts the statements of modules in front of the main route.
func (l *loading) preludes() {
	var front []syntax.Stmt
	for _, in := range l.Modules {
		if p, ok := in.Module.(Preluder); ok {
			front = append(front, l.prelude(in.Name, p)...)
		}
	}
	for _, r := range l.cfg.Routes {
		if len(front) > 0 && r.Kind == syntax.RequestRoute && r.Name == "" && r.Body != nil {
			r.Body.Stmts = slices.Concat(front, r.Body.Stmts)
		}
	}
}

// prelude parses what a module brings. Mistakes in it are its parameters', and shown so.
func (l *loading) prelude(name string, p Preluder) []syntax.Stmt {
	text := "route {\n" + p.Prelude() + "\n}\n"
	cfg := syntax.Parse("module "+name, []byte(text), nil, l.d)
	if len(cfg.Routes) == 0 || cfg.Routes[0].Body == nil {
		return nil
	}
	return cfg.Routes[0].Body.Stmts
}
