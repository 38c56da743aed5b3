// Package rr is OpenSIPS's rr module: Record-Route, and following Route headers
// (RFC 3261 §16.4, §16.6 4, §16.12).
package rr

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded rr.
type Module struct {
	fromTag bool
	double  bool
}

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Bool(&m.fromTag, "append_fromtag", true, "put the From tag into Record-Route as ftag")
	e.Params.Bool(&m.double, "enable_double_rr", true, "two Record-Routes when a request leaves by another listener")
	e.Params.Ignored("enable_full_lr", "lr is written without a value; lr=on is understood")
	e.Params.Ignored("add_username", "the user is not needed to recognise our own Route")
	e.Funcs = []*script.Func{
		script.Func1("record_route", "Stay in the way of the dialog. A second call in one run gives -1.", script.R|script.F|script.B,
			script.Opt(script.Str("params", "URI parameters to add, with their semicolon")), m.recordRoute),
		script.Func0("loose_route", "Follow the Route headers: 1 routed, -1 there is nothing to follow.", script.R, looseRoute),
	}
}

func (m *Module) recordRoute(c *script.Ctx, params []byte) script.Ret {
	if !uriParams(params) || !proxy.From(c).RecordRoute(m.fromTag, m.double, params) {
		return -1
	}
	return 1
}

// uriParams refuses what would end the URI of the header, or the header.
func uriParams(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '?' {
			return false
		}
	}
	return len(b) == 0 || b[0] == ';'
}
