package core

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// variables are the pseudo-variables of the message in hand.
func variables() []*script.Var {
	v := []*script.Var{
		{Name: "ci", Doc: "Call-ID", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(proxy.From(c).Msg().CallID()) }},
		{Name: "rm", Doc: "method; of a reply, its CSeq's", Get: getMethod},
		{Name: "cs", Doc: "CSeq number", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Msg().CSeq()))
		}},
		{Name: "rs", Doc: "status of the reply in hand", Get: getStatus},
		{Name: "rr", Doc: "reason of the reply in hand", Get: getReason},
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
		{Name: "ml", Doc: "length of the message", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(len(proxy.From(c).Msg().Buf())))
		}},
		{Name: "mb", Doc: "the message as received", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(proxy.From(c).Msg().Buf()) }},
		{Name: "rb", Doc: "body", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(proxy.From(c).Msg().Body()) }},
		{Name: "cl", Doc: "Content-Length", Get: getContentLength},
		{Name: "ua", Doc: "User-Agent", Get: headerVar(sipparse.HdrUserAgent)},
		{Name: "cT", Doc: "Content-Type", Get: headerVar(sipparse.HdrContentType)},
		{Name: "hdr", Doc: "value of a header as received: $hdr(name), $(hdr(name)[n])", Inner: script.NeedsInner, Indexed: true, Get: getHeader},
		{Name: "loop", Doc: "number of the event loop that the script runs on; $loop(owner): of the loop that owns the call",
			Inner: script.OptionalInner, Get: getLoop},
	}
	v = append(v, requestURIVars()...)
	return append(v, partyVars()...)
}

// text makes a value of message bytes; an empty one is NULL.
func text(b []byte) script.Value {
	if len(b) == 0 {
		return script.Null
	}
	return script.StrValue(b)
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

func getContentLength(c *script.Ctx, _ *script.Arg) script.Value {
	if n, ok := proxy.From(c).Msg().ContentLength(); ok {
		return script.IntValue(int32(n))
	}
	return script.Null
}

// headerVar reads the first header of a type.
func headerVar(t sipparse.HdrType) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		m := proxy.From(c).Msg()
		if i := m.Find(t, 0); i >= 0 {
			return script.StrValue(m.Header(i).Value.Of(m.Buf()))
		}
		return script.Null
	}
}

// getHeader reads $hdr(name): the n-th, from the end for a negative index, or all
// joined for [*]. A header that is there but empty is not NULL.
func getHeader(c *script.Ctx, a *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	if a.All {
		return joinHeaders(c, m, a.Name)
	}
	n := int(a.Index)
	if n < 0 {
		for i := m.FindName(a.Name, 0); i >= 0; i = m.FindName(a.Name, i+1) {
			n++
		}
		if n < 0 {
			return script.Null
		}
	}
	for i := m.FindName(a.Name, 0); i >= 0; i = m.FindName(a.Name, i+1) {
		if n == 0 {
			return script.StrValue(m.Header(i).Value.Of(m.Buf()))
		}
		n--
	}
	return script.Null
}

func joinHeaders(c *script.Ctx, m *sipparse.Msg, name []byte) script.Value {
	size := 0
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		size += m.Header(i).Value.Len() + 1
	}
	if size == 0 {
		return script.Null
	}
	b := c.Alloc(size)[:0]
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, m.Header(i).Value.Of(m.Buf())...)
	}
	return script.StrValue(b)
}

// getLoop tells where the script runs: the loop in hand, not a number kept
// somewhere. $loop(owner) is hash(Call-ID) mod N, computed now.
func getLoop(c *script.Ctx, a *script.Arg) script.Value {
	x := proxy.From(c)
	if a.Name != nil {
		return script.IntValue(int32(x.Proxy().Transport().Owner().Of(x.Msg().CallID())))
	}
	return script.IntValue(int32(x.Loop().Index()))
}
