package core

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// messageVars are the message in hand: what it is, where it came from, its bytes.
func messageVars() []*script.Var {
	return []*script.Var{
		{Name: "ci", Doc: "Call-ID", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(proxy.From(c).Msg().CallID()) }},
		{Name: "cs", Doc: "CSeq number", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Msg().CSeq()))
		}},
		{Name: "rm", Doc: "method; of a reply, its CSeq's", Get: getMethod},
		{Name: "rs", Doc: "status of the reply in hand", Get: getStatus},
		{Name: "rr", Doc: "reason phrase of the reply in hand", Get: getReason},
		{Name: "msg.type", Doc: "\"request\" or \"reply\"", Get: getType},
		{Name: "msg.is_request", Doc: "1, printed as true, for a request; 0, printed as false, for a reply", Get: isRequest},
		{Name: "mi", Doc: "number of the message, which no other has", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Message().ID()))
		}},
		{Name: "mb", Doc: "the message as received", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(proxy.From(c).Msg().Buf()) }},
		{Name: "ml", Doc: "length of the message in bytes", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(len(proxy.From(c).Msg().Buf())))
		}},
		{Name: "si", Doc: "source IP address", Get: getSourceIP},
		{Name: "sp", Doc: "source port", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Source().Remote.Port()))
		}},
		{Name: "Ri", Doc: "IP address the message was received on", Get: getReceivedIP},
		{Name: "Rp", Doc: "port the message was received on", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Listener().Addr().Port()))
		}},
		{Name: "pr", Aliases: []string{"proto"}, Doc: "transport of the message", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return text([]byte(proxy.From(c).Listener().Proto().String()))
		}},
	}
}

var (
	requestText = []byte("request")
	replyText   = []byte("reply")
	trueText    = []byte("true")
	falseText   = []byte("false")
)

func getType(c *script.Ctx, _ *script.Arg) script.Value {
	if proxy.From(c).Msg().IsRequest() {
		return script.StrValue(requestText)
	}
	return script.StrValue(replyText)
}

func isRequest(c *script.Ctx, _ *script.Arg) script.Value {
	return boolValue(proxy.From(c).Msg().IsRequest())
}

// boolValue is 1 or 0, printed as true or false.
func boolValue(is bool) script.Value {
	if is {
		return script.NamedInt(1, trueText)
	}
	return script.NamedInt(0, falseText)
}

func getMethod(c *script.Ctx, _ *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	if m.IsRequest() {
		return text(m.MethodName())
	}
	return text(m.CSeqMethodName())
}

func getStatus(c *script.Ctx, _ *script.Arg) script.Value {
	if m := proxy.From(c).Msg(); !m.IsRequest() {
		return script.IntValue(int32(m.Status()))
	}
	return script.Null
}

func getReason(c *script.Ctx, _ *script.Arg) script.Value {
	if m := proxy.From(c).Msg(); !m.IsRequest() {
		return text(m.Reason())
	}
	return script.Null
}

func getSourceIP(c *script.Ctx, _ *script.Arg) script.Value {
	return script.StrValue(appendIP(c, proxy.From(c).Source().Remote))
}

func getReceivedIP(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	if local := x.Source().Local; local.IsValid() {
		return script.StrValue(appendIP(c, local))
	}
	return script.StrValue(appendIP(c, x.Listener().Addr()))
}

// maxIPText is enough for any IPv6 address with a scope.
const maxIPText = 64

func appendIP(c *script.Ctx, a loop.Addr) []byte { return a.AppendIP(c.Alloc(maxIPText)[:0]) }
