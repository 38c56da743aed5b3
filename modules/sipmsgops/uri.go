package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func uriFuncs() []*script.Func {
	in := script.R | script.F | script.B | script.L
	return []*script.Func{
		script.Func2("ruri_has_param", "Whether the Request-URI has a parameter, with that value, or without one if none is given.", in,
			script.Str("name", "parameter, as it is written"), script.Opt(script.Str("value", "its value")), ruriHasParam),
		script.Func1("ruri_add_param", "Add a parameter to the Request-URI.", in, script.Str("param", `"name" or "name=value"`), ruriAddParam),
		script.Func1("ruri_del_param", "Remove a parameter from the Request-URI. -1: it has no such.", in,
			script.Str("name", "parameter, as it is written"), ruriDelParam),
		script.Func0("ruri_tel2sip", "Make a SIP URI of a tel Request-URI, at the domain of the From header. -1: that is broken.", in, ruriTel2sip),
		script.Func1("is_uri_user_e164", "Whether the user of a URI is + and 2 to 15 digits.", script.R|script.F|script.L,
			script.Str("uri", "URI"), isURIUserE164),
	}
}

func setRURI(x *proxy.Context, uri []byte) script.Ret { return yes(x.SetWorkingURI(uri)) }

// ruriHasParam decides by the first parameter of that name.
func ruriHasParam(c *script.Ctx, name, value []byte) script.Ret {
	p, b, ok := ruriParam(proxy.From(c), name)
	if !ok {
		return -1
	}
	return yes(bytes.Equal(p.Value.Of(b), value))
}

// ruriParam finds a parameter; b is what p is into.
func ruriParam(x *proxy.Context, name []byte) (p sipparse.URIPair, b []byte, ok bool) {
	b = x.WorkingURI()
	var u sipparse.URI
	if sipparse.ParseURI(b, &u) != sipparse.OK {
		return p, b, false
	}
	for it := u.ParamPairs(b); it.Next(&p); {
		if bytes.Equal(p.Name.Of(b), name) {
			return p, b, true
		}
	}
	return p, b, false
}

// ruriAddParam puts it in front of the URI's headers.
func ruriAddParam(c *script.Ctx, param []byte) script.Ret {
	x := proxy.From(c)
	b := x.WorkingURI()
	if len(param) == 0 {
		return 1
	}
	var u sipparse.URI
	if sipparse.ParseURI(b, &u) != sipparse.OK {
		return -1
	}
	at := len(b)
	if !u.Headers.IsZero() {
		at = int(u.Headers.Off) - 1
	}
	uri := append(append(c.Alloc(len(b) + len(param) + 1)[:0], b[:at]...), ';')
	return setRURI(x, append(append(uri, param...), b[at:]...))
}

func ruriDelParam(c *script.Ctx, name []byte) script.Ret {
	x := proxy.From(c)
	if len(name) == 0 {
		return 1
	}
	p, b, ok := ruriParam(x, name)
	if !ok {
		return -1
	}
	uri := append(c.Alloc(len(b))[:0], b[:p.Whole.Off-1]...) // with its semicolon
	return setRURI(x, append(uri, b[p.Whole.End:]...))
}

// ruriTel2sip is 1 for what is no tel URI, too; RFC 3261 §19.1.6.
func ruriTel2sip(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	b := x.WorkingURI()
	if len(b) < len("tel:") || !sipparse.EqualFoldString(b[:len("tel:")], "tel:") {
		return 1
	}
	from := x.Req.Msg.From()
	if from == nil {
		return -1
	}
	host := from.URI.Of(x.Req.Msg.Buf())
	var u sipparse.URI
	if sipparse.ParseURI(host, &u) != sipparse.OK {
		c.Fail(proxy.BadFromURI)
		return -1
	}
	if u.Host.Len() == 0 {
		return -1
	}
	host = u.Host.Of(host)
	uri := append(c.Alloc(len(b) + len(host) + len("@;user=phone"))[:0], "sip:"...)
	uri = append(append(uri, b[len("tel:"):]...), '@')
	return setRURI(x, append(append(uri, host...), ";user=phone"...))
}

func isURIUserE164(c *script.Ctx, uri []byte) script.Ret {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return -1
	}
	user := u.User.Of(uri)
	if len(user) < 3 || len(user) > 16 || user[0] != '+' {
		return -1
	}
	for _, c := range user[1:] {
		if c-'0' > 9 {
			return -1
		}
	}
	return 1
}
