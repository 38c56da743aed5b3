// Package path is OpenSIPS's path module: an edge proxy puts itself into the way back
// to a registered phone (RFC 3327).
package path

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Module is one loaded path.
type Module struct {
	useReceived bool
	double      bool
	supported   bool
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Bool(&m.useReceived, "use_received", false, "loose_route() makes the received parameter of our own Route the destination URI")
	e.Params.Bool(&m.double, "enable_double_path", true, "two Paths when a request leaves by another interface or protocol")
	e.Params.Bool(&m.supported, "require_supported", false, "add no Path for a client that does not say Supported: path")
	user := script.Opt(script.Str("user", "user part of the URI"))
	e.Funcs = []*script.Func{
		script.Func1("add_path", "Add a Path with the address that the request leaves by. -1: the client does not support it, there is one already, or user is no user.",
			script.R, user, m.addPath),
		script.Func1("add_path_received", "Add a Path that also says where the request came from.", script.R, user, m.addPathReceived),
	}
}

// Start hands use_received to where loose_route() finds it.
func (m *Module) Start(e *module.Env) error {
	e.Shared.(*proxy.Core).Settings.UseReceived = m.useReceived
	return nil
}

func (m *Module) addPath(c *script.Ctx, user []byte) script.Ret { return m.add(c, user, false) }

func (m *Module) addPathReceived(c *script.Ctx, user []byte) script.Ret { return m.add(c, user, true) }

// add follows OpenSIPS, which adds Path for everybody: most phones behind an edge do
// not say that they support it. RFC 3327 §5.1 would have it left out then.
func (m *Module) add(c *script.Ctx, user []byte, received bool) script.Ret {
	x := proxy.From(c)
	if m.supported && !x.Req.Msg.HasToken(sipparse.HdrSupported, "path") || !isUser(user) {
		return -1
	}
	if !x.AddPath(&proxy.RouteLine{Double: m.double, Received: received, User: user}) {
		return -1
	}
	return 1
}

// isUser reports whether b may stand as the user of a SIP URI; none at all may.
func isUser(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	uri := append(append([]byte("sip:"), b...), "@h"...)
	var u sipparse.URI
	return sipparse.ParseURI(uri, &u) == sipparse.OK && u.User.Len() == len(b)
}
