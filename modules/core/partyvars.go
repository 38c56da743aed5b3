package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// partyVars are the From and To headers: URI, user, domain, display name, tag.
func partyVars() []*script.Var {
	var v []*script.Var
	for _, p := range []struct {
		letter, header string
		of             func(*sipparse.Msg) *sipparse.NameAddr
		bad            script.Fault
	}{{"f", "From", (*sipparse.Msg).From, proxy.BadFromURI}, {"t", "To", (*sipparse.Msg).To, proxy.BadToURI}} {
		uri := uriOf{partyURI(p.of), p.bad}
		v = append(v,
			&script.Var{Name: p.letter + "u", Doc: p.header + " URI",
				Get: func(c *script.Ctx, _ *script.Arg) script.Value { return text(uri.get(c)) }},
			&script.Var{Name: p.letter + "U", Doc: "user of the " + p.header + " URI", Get: uriPart(uri, user)},
			&script.Var{Name: p.letter + "d", Doc: "domain of the " + p.header + " URI", Get: uriPart(uri, host)},
			&script.Var{Name: p.letter + "n", Doc: "display name of " + p.header,
				Get: partySpan(p.of, func(n *sipparse.NameAddr) sipparse.Span { return n.Display })},
			&script.Var{Name: p.letter + "t", Doc: p.header + " tag",
				Get: partySpan(p.of, func(n *sipparse.NameAddr) sipparse.Span { return n.Tag })},
		)
	}
	return v
}

func partyURI(of func(*sipparse.Msg) *sipparse.NameAddr) func(*script.Ctx) []byte {
	return func(c *script.Ctx) []byte {
		m := proxy.From(c).Msg()
		if n := of(m); n != nil {
			return n.URI.Of(m.Buf())
		}
		return nil
	}
}

func partySpan(of func(*sipparse.Msg) *sipparse.NameAddr, part func(*sipparse.NameAddr) sipparse.Span) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value {
		m := proxy.From(c).Msg()
		if n := of(m); n != nil {
			return text(part(n).Of(m.Buf()))
		}
		return script.Null
	}
}
