// Package json is OpenSIPS's json module: JSON documents as variables of a run.
//
// A document is a tree of nodes that keep the order of their members. It belongs to
// the run, like $var, and ends with it; nothing is shared between runs. Parsing,
// printing and linking are bounded in size and depth, since the text may be anybody's.
package json

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded json.
type Module struct {
	docs      *script.Slot[documents]
	quoteLong bool
}

// New returns the module.
func New() module.Module { return new(Module) }

// documents are those of one run, by name.
type documents struct{ roots map[string]*node }

// Setup declares the parameter, the variables and the functions.
func (m *Module) Setup(e *module.Env) {
	m.docs = script.NewSlot[documents](e.Registry(), nil)
	e.Params.Bool(&m.quoteLong, "enable_long_quoting", false, "integers that do not fit 32 bits are strings, instead of being cut to them")
	v := &script.Var{Name: "json", Inner: script.NeedsInner, Indexed: true, Bind: bindPath, Get: m.reader(spaced), Assign: m.assign,
		Set: func(c *script.Ctx, a *script.Arg, x script.Value) bool { return m.assign(c, a, x, false) },
		Doc: "a part of a JSON document, name/key[index]/key; name.keys and name.values to go through an object. = takes a value as it is, := reads it as JSON"}
	e.Vars = []*script.Var{v}
	for _, s := range []style{compact, pretty, bare} {
		w := *v
		w.Name, w.Doc, w.Get = s.name, "as $json, printed "+s.doc, m.reader(s)
		e.Vars = append(e.Vars, &w)
	}
	e.Funcs = []*script.Func{
		script.Func2("json_link", "Make one place of a document the same as another: changes below one show in the other. -1: there is no such place, or a document would contain itself.",
			script.All, script.Out("destination", "a $json"), script.Out("source", "a $json"), m.link),
		script.Func3("json_merge", "Merge a patch into a document (RFC 7396) and write the result. -1: one of them is no JSON.",
			script.All, script.Str("document", "JSON text"), script.Str("patch", "JSON text"), script.Out("result", "variable for the result"), merge),
	}
}
