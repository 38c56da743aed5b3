// Package sl is OpenSIPS's sl module: answers without a transaction.
package sl

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded sl.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Ignored("enable_stats", "counters are always on")
	e.Funcs = []*script.Func{
		script.Func2("sl_send_reply", "Answer the request without a transaction. Nothing is sent for an ACK.", script.R|script.E,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), sendReply),
		script.Func0("sl_reply_error", "Answer with 500, without a transaction.", script.R, replyError),
	}
}

func sendReply(c *script.Ctx, code int32, reason []byte) script.Ret {
	if code < 100 || code > 699 {
		return -1
	}
	return yes(proxy.From(c).StatelessReply(int(code), reason))
}

var errorReason = []byte("I'm terribly sorry, server error occurred (1/SL)")

func replyError(c *script.Ctx) script.Ret {
	return yes(proxy.From(c).StatelessReply(500, errorReason))
}

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
