package core

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// authVars are the Digest credentials of a request, those for a proxy before those for
// a server, and the challenge in a reply. ACK and CANCEL have none.
func authVars() []*script.Var {
	var v []*script.Var
	for _, f := range []struct {
		name, doc string
		of        func(b []byte, d sipparse.Credentials) sipparse.Span
	}{
		{"aU", "username of the credentials", username},
		{"au", "user part of the credentials' username, before its @", usernameUser},
		{"ad", "domain part of the credentials' username, behind its @", usernameDomain},
		{"ar", "realm of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.Realm }},
		{"adu", "URI of the credentials, which their response is computed of", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.URI }},
		{"an", "nonce of the credentials", authNonce},
		{"auth.nonce", "likewise", authNonce},
		{"auth.resp", "response of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.Response }},
		{"auth.cnonce", "client's nonce of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.CNonce }},
		{"auth.opaque", "opaque of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.Opaque }},
		{"auth.alg", "algorithm of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.AlgorithmSpan }},
		{"auth.qop", "qop of the credentials", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.QOPSpan }},
		{"auth.nc", "nonce count of the credentials, eight hexadecimal digits", func(_ []byte, d sipparse.Credentials) sipparse.Span { return d.NC }},
	} {
		v = append(v, &script.Var{Name: f.name, Doc: f.doc, Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			var d sipparse.Credentials
			m := proxy.From(c).Msg()
			if !credentials(m, &d) {
				return script.Null
			}
			return text(f.of(m.Buf(), d).Of(m.Buf()))
		}})
	}
	v = append(v, &script.Var{Name: "Au", Doc: "name for accounting: user@realm of the credentials, else user@domain of From", Get: getAccUser})
	return append(v, challengeVars()...)
}

// credentials reads what a request has of Digest credentials.
func credentials(m *sipparse.Msg, d *sipparse.Credentials) bool {
	if !m.IsRequest() || m.Method() == sipparse.Ack || m.Method() == sipparse.Cancel {
		return false
	}
	t := sipparse.HdrProxyAuthorization
	if m.Find(t, 0) < 0 {
		t = sipparse.HdrAuthorization
	}
	it := m.Credentials(t)
	return it.Next(d) && d.IsDigest
}

func username(_ []byte, d sipparse.Credentials) sipparse.Span { return d.Username }

func authNonce(_ []byte, d sipparse.Credentials) sipparse.Span { return d.Nonce }

func usernameUser(b []byte, d sipparse.Credentials) sipparse.Span {
	s := d.Username
	if i := bytes.IndexByte(s.Of(b), '@'); i >= 0 {
		s.End = s.Off + uint32(i)
	}
	return s
}

func usernameDomain(b []byte, d sipparse.Credentials) sipparse.Span {
	s := d.Username
	i := bytes.IndexByte(s.Of(b), '@')
	if i < 0 {
		return sipparse.Span{}
	}
	s.Off += uint32(i) + 1
	return s
}

var fromURI = uriOf{partyURI((*sipparse.Msg).From), proxy.BadFromURI}

func getAccUser(c *script.Ctx, _ *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	var d sipparse.Credentials
	if credentials(m, &d) {
		if name := usernameUser(m.Buf(), d).Of(m.Buf()); len(name) > 0 {
			return atSign(c, name, d.Realm.Of(m.Buf()))
		}
	}
	from, u, ok := fromURI.parse(c)
	if !ok {
		return script.Null
	}
	return atSign(c, u.User.Of(from), u.Host.Of(from))
}

// atSign is name@domain, or the name alone.
func atSign(c *script.Ctx, name, domain []byte) script.Value {
	if len(domain) == 0 {
		return text(name)
	}
	b := append(c.Alloc(len(name) + 1 + len(domain))[:0], name...)
	return script.StrValue(append(append(b, '@'), domain...))
}

// challengeVars are the parameters of WWW-Authenticate or Proxy-Authenticate.
func challengeVars() []*script.Var {
	var v []*script.Var
	for _, p := range []struct{ name, doc string }{
		{"algorithm", "algorithm"}, {"realm", "realm"}, {"nonce", "nonce"}, {"opaque", "opaque"}, {"qop", "list of qop"},
		{"ik", "integrity key (ik of AKA)"}, {"ck", "cipher key (ck of AKA)"},
	} {
		v = append(v, &script.Var{Name: "challenge." + p.name, Doc: p.doc + " of the challenge in a reply, WWW-Authenticate before Proxy-Authenticate",
			Get: func(c *script.Ctx, _ *script.Arg) script.Value { return getChallenge(proxy.From(c).Msg(), p.name) }})
	}
	return v
}

func getChallenge(m *sipparse.Msg, name string) script.Value {
	t := sipparse.HdrWWWAuthenticate
	if m.Find(t, 0) < 0 {
		t = sipparse.HdrProxyAuthenticate
	}
	it := m.Challenges(t)
	var d sipparse.Challenge
	if !it.Next(&d) {
		return script.Null
	}
	v, _ := d.Param(m.Buf(), name)
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		v = v[1 : n-1]
	}
	return text(v)
}
