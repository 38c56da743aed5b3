package module

import (
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// compile makes the program of a checked script; nil if anything is wrong. What only the
// compiler finds, such as a broken regular expression, is said beside what the checker
// has found, once for a line: of the same mistake one message is enough. Where names are
// unknown because a file or a module is missing, it would only repeat that.
func compile(cfg *syntax.Config, r *script.Registry, missing bool, d *syntax.Diags) *script.Program {
	switch {
	case d.Errors() == 0:
		return script.Compile(cfg, r, d)
	case missing || cfg.Partial:
		return nil
	}
	var found syntax.Diags
	script.Compile(cfg, r, &found)
	told := map[place]bool{}
	for i := range d.List {
		if g := &d.List[i]; g.Severity == syntax.Error {
			told[place{g.Src, g.Line}] = true
		}
	}
	for _, g := range found.List {
		if g.Severity == syntax.Error && !told[place{g.Src, g.Line}] {
			d.List = append(d.List, g)
		}
	}
	return nil
}

// A place is a line of a file.
type place struct {
	src  *syntax.Source
	line int32
}
