// Package compat holds modules of OpenSIPS that a configuration loads but that
// are not separate here: loading them, and setting their parameters, is accepted.
package compat

import "github.com/fastsips/fastsips/module"

// A Module does nothing; note says where its work is done.
type Module struct {
	note   string
	params []string
}

// Module constructors, by OpenSIPS's names.
var (
	EventRoute = accepted("event_route needs no module")
)

func accepted(note string, params ...string) func() module.Module {
	return func() module.Module { return &Module{note, params} }
}

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	for _, p := range m.params {
		e.Params.Ignored(p, m.note)
	}
}
