package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// requestURIVars are the R-URI ($ru and its parts: the working copy, seen at
// once), the R-URI as received ($ou) and the destination URI ($du).
func requestURIVars() []*script.Var {
	return []*script.Var{
		{Name: "ru", Aliases: []string{"ruri"}, Doc: "R-URI", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(requestURI(c)) }, Set: setRU},
		{Name: "rU", Aliases: []string{"ruri.user"}, Doc: "user of the R-URI", Get: uriPart(requestURI, user), Set: setRUser},
		{Name: "rd", Aliases: []string{"ruri.domain"}, Doc: "domain of the R-URI", Get: uriPart(requestURI, host), Set: setRDomain},
		{Name: "rp", Doc: "port of the R-URI", Get: uriPort(requestURI), Set: setRPort},
		{Name: "ou", Aliases: []string{"ouri"}, Doc: "R-URI as received", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(originalURI(c)) }},
		{Name: "oU", Doc: "user of the R-URI as received", Get: uriPart(originalURI, user)},
		{Name: "od", Doc: "domain of the R-URI as received", Get: uriPart(originalURI, host)},
		{Name: "op", Doc: "port of the R-URI as received", Get: uriPort(originalURI)},
		{Name: "du", Aliases: []string{"duri"}, Doc: "destination URI", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(dstURI(c)) }, Set: setDU},
		{Name: "dd", Doc: "domain of the destination URI", Get: uriPart(dstURI, host), Set: setDDomain},
		{Name: "dp", Doc: "port of the destination URI", Get: uriPort(dstURI), Set: setDPort},
	}
}

// A uriOf returns a URI of the message in hand; nil when there is none.
type uriOf func(*script.Ctx) []byte

func requestURI(c *script.Ctx) []byte {
	x := proxy.From(c)
	if x.Req == nil {
		return nil
	}
	return x.Target.URI(x.Req.Msg.RequestURI())
}

func originalURI(c *script.Ctx) []byte {
	if x := proxy.From(c); x.Req != nil {
		return x.Req.Msg.RequestURI()
	}
	return nil
}

func dstURI(c *script.Ctx) []byte {
	if x := proxy.From(c); x.Target != nil {
		return x.Target.Dst()
	}
	return nil
}

func user(u *sipparse.URI) sipparse.Span { return u.User }
func host(u *sipparse.URI) sipparse.Span { return u.Host }

func uriPart(of uriOf, part func(*sipparse.URI) sipparse.Span) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		b := of(c)
		var u sipparse.URI
		if b == nil || sipparse.ParseURI(b, &u) != sipparse.OK {
			return script.Null
		}
		return text(part(&u).Of(b))
	}
}

// uriPort reads a port; OpenSIPS gives 5060 where none is written.
func uriPort(of uriOf) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		b := of(c)
		var u sipparse.URI
		if b == nil || sipparse.ParseURI(b, &u) != sipparse.OK {
			return script.Null
		}
		if u.Port == 0 {
			return script.IntValue(5060)
		}
		return script.IntValue(int32(u.Port))
	}
}

// setRU refuses NULL and what is no URI, as OpenSIPS does.
func setRU(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	x := proxy.From(c)
	var u sipparse.URI
	if x.Target == nil || v.Kind != script.StrKind || sipparse.ParseURI(v.Str, &u) != sipparse.OK {
		return false
	}
	x.Target.SetURI(v.Str)
	return true
}

func setDU(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	t := proxy.From(c).Target
	if t == nil { // a reply to a request that was forwarded without state
		return false
	}
	if v.Kind == script.NullKind {
		t.SetDst(nil)
		return true
	}
	var u sipparse.URI
	if v.Kind != script.StrKind || sipparse.ParseURI(v.Str, &u) != sipparse.OK {
		return false
	}
	t.SetDst(v.Str)
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

// setDDomain changes the host of a destination URI; without one there is nothing to
// change.
func setDDomain(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := parsedSIP(dstURI(c))
	name, isText := c.Text(v)
	if !ok || !isText || len(name) == 0 {
		return false
	}
	return setParsedDU(c, splice(c, b, u.Host.Off, u.Host.End, name))
}

// setDPort changes its port; NULL and 0 remove it.
func setDPort(c *script.Ctx, _ *script.Arg, v script.Value) bool {
	b, u, ok := parsedSIP(dstURI(c))
	text, isPort := portText(c, v)
	return ok && isPort && setParsedDU(c, splice(c, b, u.Host.End, portEnd(&u), text))
}

func setParsedDU(c *script.Ctx, uri []byte) bool {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	proxy.From(c).Target.SetDst(uri)
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

func parsedRU(c *script.Ctx) (b []byte, u sipparse.URI, ok bool) { return parsedSIP(requestURI(c)) }

func parsedSIP(uri []byte) (b []byte, u sipparse.URI, ok bool) {
	if b = uri; b == nil {
		return nil, u, false
	}
	return b, u, sipparse.ParseURI(b, &u) == sipparse.OK && (u.Scheme == sipparse.SchemeSIP || u.Scheme == sipparse.SchemeSIPS)
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
