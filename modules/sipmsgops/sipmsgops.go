// Package sipmsgops is OpenSIPS's sipmsgops module: looking at messages, and
// changing their headers, bodies and session descriptions.
package sipmsgops

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// A Module is one loaded sipmsgops.
type Module struct{ scratch loop.Local[scratch] }

// A scratch is what a function of a loop works in; nothing in it outlives the call.
type scratch struct {
	session sdp.Session
	edits   sipparse.Edits
	msg     sipparse.Msg
	text    []byte
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

const messageRoutes = script.R | script.F | script.O | script.B | script.L

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	for _, list := range [][]*script.Func{
		headerFuncs(), replyFuncs(), listFuncs(), uriFuncs(), m.bodyFuncs(), m.codecFuncs(), m.streamFuncs(), m.validateFuncs(),
	} {
		e.Funcs = append(e.Funcs, list...)
	}
}

// Start makes each loop's scratch space.
func (m *Module) Start(e *module.Env) error {
	m.scratch = loop.NewLocal(e.Shared.(*proxy.Core).Group, func(int) scratch { return scratch{} })
	return nil
}

func yes(b bool) script.Ret {
	if b {
		return 1
	}
	return -1
}
