// Package rr is OpenSIPS's rr module: Record-Route, and following Route headers
// (RFC 3261 §16.4, §16.6 4, §16.12).
package rr

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded rr.
type Module struct {
	fromTag    bool
	double     bool
	addUser    bool
	ignoreUser string
	warn       bool
}

// New returns the module.
func New() module.Module { return new(Module) }

// AppendsFromTag reports whether a Route of ours tells which way a request goes.
func (m *Module) AppendsFromTag() bool { return m.fromTag }

// Setup declares parameters, functions and the variable.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Bool(&m.fromTag, "append_fromtag", true, "put the From tag into Record-Route as ftag")
	p.Bool(&m.double, "enable_double_rr", true, "two Record-Routes when a request leaves by another interface or protocol")
	p.Bool(&m.addUser, "add_username", false, "put the user of the R-URI, else of To, into Record-Route")
	p.String(&m.ignoreUser, "ignore_user", "", "an R-URI of ours with this user is not one that a strict router put there")
	p.Bool(&m.warn, "enable_socket_mismatch_warning", true, "warn when the second of two own Routes names no socket of ours")
	p.Ignored("enable_full_lr", "lr is written without a value; lr=on is understood")
	e.Funcs = m.functions()
	e.Vars = []*script.Var{{Name: "rr_params", Doc: "URI parameters of our own Route that loose_route() took off", Get: rrParams}}
}

func (m *Module) functions() []*script.Func {
	const everywhere = script.R | script.F | script.B
	return []*script.Func{
		script.Func0("loose_route", "Follow the Route headers: 1 routed, -1 there is nothing to follow.", script.R, m.looseRoute),
		script.Func1("record_route", "Stay in the way of the dialog. A second call in one run gives -1.", everywhere,
			script.Opt(script.Str("params", "URI parameters to add, with their semicolon")), m.recordRoute),
		script.Func2("record_route_preset", "Record-Route with these instead of the address of a socket. With two of them, two headers that belong together.", everywhere,
			script.Str("out", "host, port and parameters for the way out: 192.0.2.1:5060;transport=tcp"),
			script.Opt(script.Str("in", "the same for the way in")), m.recordRoutePreset),
		script.Func1("add_rr_param", "Add URI parameters to the Record-Route, before or after it is asked for.", everywhere,
			script.Str("params", ";name=value"), addRRParam),
		script.Func1("check_route_param", "Whether the parameters of our own Route match, from their first semicolon on; after loose_route().", script.R,
			script.Regex("re", "regular expression"), checkRouteParam),
		script.Func1("is_direction", "Whether a request goes the way of the one that began the dialog, by the ftag of our own Route; after loose_route().", script.R,
			script.Str("direction", "downstream: from caller to callee; upstream"), m.isDirection),
	}
}
