package rr

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func (m *Module) recordRoute(c *script.Ctx, params []byte) script.Ret {
	x := proxy.From(c)
	line := proxy.RouteLine{FromTag: m.fromTag, Double: m.double, User: m.user(x), Params: params}
	return yes(uriParams(params) && x.RecordRoute(&line))
}

func (m *Module) recordRoutePreset(c *script.Ctx, out, in []byte) script.Ret {
	x := proxy.From(c)
	if !isPreset(out) || in != nil && (!isPreset(in) || !m.double) {
		return -1
	}
	line := proxy.RouteLine{FromTag: m.fromTag, User: m.user(x), Out: out, In: in}
	return yes(x.RecordRoute(&line))
}

func addRRParam(c *script.Ctx, param []byte) script.Ret {
	return yes(len(param) > 0 && uriParams(param) && proxy.From(c).AddRRParam(param))
}

// user is what add_username puts into the URI: the user of the R-URI, else of To.
func (m *Module) user(x *proxy.Context) []byte {
	if !m.addUser {
		return nil
	}
	if name := userOf(x.Target.URI(x.Req.Msg.RequestURI())); len(name) > 0 {
		return name
	}
	if to := x.Req.Msg.To(); to != nil {
		return userOf(to.URI.Of(x.Req.Msg.Buf()))
	}
	return nil
}

func userOf(uri []byte) []byte {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return nil
	}
	return u.User.Of(uri)
}

// uriParams refuses what would end the URI of the header, or the header.
func uriParams(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' || c == '?' {
			return false
		}
	}
	return len(b) == 0 || b[0] == ';'
}

// isPreset reports whether b is host [":" port] *( ";" parameter ).
func isPreset(b []byte) bool {
	var u sipparse.URI
	uri := append([]byte("sip:"), b...)
	return sipparse.ParseURI(uri, &u) == sipparse.OK && u.Headers.IsZero() && u.User.IsZero() && uriParams(uri[max(u.Host.End, u.PortSpan.End):])
}

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
