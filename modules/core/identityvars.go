package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// identityVars are the addresses that say who calls, for whom, and who is to be called:
// of a header that lists several, the first counts.
func identityVars() []*script.Var {
	v := []*script.Var{
		addressVar("ai", "URI of P-Asserted-Identity (RFC 3325)", sipparse.HdrPAssertedIdentity),
		addressVar("pu", "URI of P-Preferred-Identity (RFC 3325)", sipparse.HdrPPreferredIdentity),
		{Name: "pU", Doc: "user of the P-Preferred-Identity URI", Get: uriPart(uriOf{addressURI(sipparse.HdrPPreferredIdentity), proxy.BadPPIURI}, user)},
		{Name: "pd", Doc: "domain of the P-Preferred-Identity URI", Get: uriPart(uriOf{addressURI(sipparse.HdrPPreferredIdentity), proxy.BadPPIURI}, host)},
		{Name: "pn", Doc: "display name of P-Preferred-Identity", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			var n sipparse.NameAddr
			address(c, sipparse.HdrPPreferredIdentity, &n)
			return text(n.Display.Of(proxy.From(c).Msg().Buf()))
		}},
		addressVar("re", "URI of Remote-Party-ID", sipparse.HdrRemotePartyID),
		addressVar("rt", "URI of Refer-To", sipparse.HdrReferTo),
		addressVar("di", "URI of Diversion, who diverted the call last", sipparse.HdrDiversion),
	}
	for _, p := range []struct{ name, param string }{{"dir", "reason"}, {"dip", "privacy"}} {
		v = append(v, &script.Var{Name: p.name, Doc: p.param + " of Diversion", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			var n sipparse.NameAddr
			address(c, sipparse.HdrDiversion, &n)
			b := proxy.From(c).Msg().Buf()
			return text(paramValue(b, n.Params, p.param).Of(b))
		}})
	}
	return v
}

func addressVar(name, doc string, t sipparse.HdrType) *script.Var {
	uri := addressURI(t)
	return &script.Var{Name: name, Doc: doc, Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(uri(c)) }}
}

// addressURI is the URI of a header; nil where it is absent or broken.
func addressURI(t sipparse.HdrType) func(*script.Ctx) []byte {
	return func(c *script.Ctx) []byte {
		var n sipparse.NameAddr
		if !address(c, t, &n) {
			return nil
		}
		return n.URI.Of(proxy.From(c).Msg().Buf())
	}
}
