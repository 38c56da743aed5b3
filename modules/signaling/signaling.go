// Package signaling is OpenSIPS's signaling module: send_reply answers with the
// transaction when this run has one, and without one otherwise.
package signaling

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded signaling.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the function and the variable.
func (m *Module) Setup(e *module.Env) {
	e.Funcs = []*script.Func{
		script.Func2("send_reply", "Answer the request, statefully if it has a transaction.", script.R|script.F|script.E,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), sendReply),
	}
	e.Vars = []*script.Var{{Name: "sig_local_totag", Doc: "To tag of the replies that this proxy makes to the request", Get: localToTag}}
}

// localToTag is the tag that the request has already, else the one that send_reply()
// would give it now.
func localToTag(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	if x.Req == nil {
		return script.Null
	}
	return script.StrValue(append(c.Alloc(proxy.MaxLocalTag)[:0], x.LocalToTag()...))
}

func sendReply(c *script.Ctx, code int32, reason []byte) script.Ret {
	if code < 100 || code > 699 {
		return -1
	}
	if !proxy.From(c).Answer(int(code), reason) {
		return -1
	}
	return 1
}
