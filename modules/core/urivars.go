package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// requestURIVars are the R-URI ($ru and its parts: the working copy, seen at
// once) and the R-URI as received ($ou). A reply has none.
func requestURIVars() []*script.Var {
	return []*script.Var{
		{Name: "ru", Doc: "R-URI", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(requestURI(c)) }, Set: setRU},
		{Name: "rU", Doc: "user of the R-URI", Get: uriPart(workingURI, user), Set: setRUser},
		{Name: "rd", Doc: "domain of the R-URI", Get: uriPart(workingURI, host), Set: setRDomain},
		{Name: "rp", Doc: "port of the R-URI, where none is written that of its transport", Get: uriPort(workingURI), Set: setRPort},
		{Name: "ou", Doc: "R-URI as received", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(originalURI(c)) }},
		{Name: "oU", Doc: "user of the R-URI as received", Get: uriPart(receivedURI, user)},
		{Name: "od", Doc: "domain of the R-URI as received", Get: uriPart(receivedURI, host)},
		{Name: "op", Doc: "port of the R-URI as received, where none is written that of its transport", Get: uriPort(receivedURI)},
		{Name: "oP", Doc: "transport of the R-URI as received", Get: uriProto(receivedURI)},
		{Name: "rP", Doc: "transport of the R-URI", Get: uriProto(workingURI)},
	}
}

var workingURI, receivedURI = uriOf{get: requestURI}, uriOf{get: originalURI}

func requestURI(c *script.Ctx) []byte {
	x := proxy.From(c)
	if x.Req == nil || x.Rpl != nil {
		return nil
	}
	return x.Target.URI(x.Req.Msg.RequestURI())
}

func originalURI(c *script.Ctx) []byte {
	if x := proxy.From(c); x.Req != nil && x.Rpl == nil {
		return x.Req.Msg.RequestURI()
	}
	return nil
}

func user(u *sipparse.URI) sipparse.Span { return u.User }
func host(u *sipparse.URI) sipparse.Span { return u.Host }

func uriPart(of uriOf, part func(*sipparse.URI) sipparse.Span) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		b, u, ok := of.parse(c)
		if !ok {
			return script.Null
		}
		return text(part(&u).Of(b))
	}
}

// uriPort reads a port; where none is written it is that of the transport.
func uriPort(of uriOf) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		b, u, ok := of.parse(c)
		if !ok {
			return script.Null
		}
		if u.Port == 0 {
			return script.IntValue(defaultPort(&u, b))
		}
		return script.IntValue(int32(u.Port))
	}
}

// setRU refuses NULL and what is no URI, as OpenSIPS does.
func setRU(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	t := target(c)
	if t == nil || v.Kind != script.StrKind || !isURI(v.Str) {
		return false
	}
	t.SetURI(v.Str)
	return true
}

// setRUser replaces the user; NULL removes it.
func setRUser(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := parsedRU(c)
	if !ok {
		return false
	}
	name, ok := c.Text(v)
	if !ok && v.Kind != script.NullKind {
		return false
	}
	out := c.Alloc(len(b) + len(name) + 1)[:0]
	out = append(out, b[:u.SchemeSpan.End+1]...)
	if len(name) > 0 {
		out = append(append(out, name...), '@')
	}
	out = append(out, b[u.Host.Off:]...)
	proxy.From(c).Target.SetURI(out)
	return true
}

func setRDomain(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := parsedRU(c)
	name, isText := c.Text(v)
	if !ok || !isText || len(name) == 0 {
		return false
	}
	proxy.From(c).Target.SetURI(splice(c, b, u.Host.Off, u.Host.End, name))
	return true
}

// portText is a port with its colon; empty for NULL and 0.
func portText(c *script.Ctx, v script.Value) (text []byte, ok bool) {
	if v.Kind == script.StrKind || v.Int < 0 || v.Int > 65535 {
		return nil, false
	}
	if v.Kind == script.IntKind && v.Int > 0 {
		text = sipparse.AppendUint(append(c.Alloc(8)[:0], ':'), uint64(v.Int))
	}
	return text, true
}

// setRPort replaces the port; NULL and 0 remove it.
func setRPort(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := parsedRU(c)
	text, isPort := portText(c, v)
	if !ok || !isPort {
		return false
	}
	proxy.From(c).Target.SetURI(splice(c, b, u.Host.End, portEnd(&u), text))
	return true
}

func parsedRU(c *script.Ctx) (b []byte, u sipparse.URI, ok bool) { return workingURI.parseSIP(c) }

// parseSIP is parse, and false for what is no sip or sips URI, which is no fault.
func (o *uriOf) parseSIP(c *script.Ctx) (b []byte, u sipparse.URI, ok bool) {
	b, u, ok = o.parse(c)
	return b, u, ok && (u.Scheme == sipparse.SchemeSIP || u.Scheme == sipparse.SchemeSIPS)
}

// splice returns b with [from, to) replaced by text, in the run's memory.
func splice(c *script.Ctx, b []byte, from, to uint32, text []byte) []byte {
	out := c.Alloc(len(b) + len(text))[:0]
	out = append(out, b[:from]...)
	out = append(out, text...)
	return append(out, b[to:]...)
}

// portEnd is where the port ends, or the host when there is none.
func portEnd(u *sipparse.URI) uint32 {
	if u.PortSpan.IsZero() {
		return u.Host.End
	}
	return u.PortSpan.End
}

// uriProto reads the transport that a URI asks for: NULL without a URI.
func uriProto(of uriOf) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		b, u, ok := of.parse(c)
		if !ok {
			return script.Null
		}
		return text(uriTransport(&u, b))
	}
}

// uriTransport is the transport of a URI: what is written, else that of its scheme.
func uriTransport(u *sipparse.URI, b []byte) []byte {
	if v, ok := u.Param(b, "transport"); ok && len(v) > 0 {
		return v
	}
	if u.Scheme == sipparse.SchemeSIPS {
		return tlsText
	}
	return udpText
}

var udpText, tlsText = []byte("udp"), []byte("tls")

func defaultPort(u *sipparse.URI, b []byte) int32 {
	switch v := uriTransport(u, b); {
	case sipparse.EqualFoldString(v, "tls"):
		return 5061
	case sipparse.EqualFoldString(v, "ws"):
		return 80
	case sipparse.EqualFoldString(v, "wss"):
		return 443
	case u.Scheme == sipparse.SchemeSIPS:
		return 5061
	}
	return 5060
}
