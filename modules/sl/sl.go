// Package sl is OpenSIPS's sl module: answers without a transaction.
package sl

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Module is one loaded sl.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.Ignored("enable_stats", "counters are always on")
	core, _ := e.Shared.(*proxy.Core) // nil where modules are only looked at
	e.Stats = statistics(core)
	e.Funcs = []*script.Func{
		script.Func2("sl_send_reply", "Answer the request without a transaction. Nothing is sent for an ACK.", script.R|script.E,
			script.Int("code", "status"), script.Str("reason", "reason phrase"), sendReply),
		script.Func0("sl_reply_error", "Answer, without a transaction, with what the last t_relay or forward failed of; 500 if none did.", script.R, replyError),
	}
}

func sendReply(c *script.Ctx, code int32, reason []byte) script.Ret {
	if code < 100 || code > 699 {
		return -1
	}
	return yes(proxy.From(c).StatelessReply(int(code), reason))
}

// replyError marks the reason phrase, as OpenSIPS does, with the status and who
// speaks.
func replyError(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	code, reason := x.LastError()
	text := c.Alloc(len(reason) + len(serverError) + len(" (500/SL)"))[:0]
	if reason == nil {
		text = append(text, serverError...)
		return yes(x.StatelessReply(code, append(text, " (1/SL)"...)))
	}
	text = sipparse.AppendUint(append(append(text, reason...), " ("...), uint64(code))
	return yes(x.StatelessReply(code, append(text, "/SL)"...)))
}

const serverError = "I'm terribly sorry, server error occurred"

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
