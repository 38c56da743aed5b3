package auth

import (
	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func (m *Module) authorizers() []*script.Func {
	const doc = "Judge the credentials for a realm by the variables of username_spec and password_spec. " +
		"1 right, also for ACK and CANCEL; -1 another user, -2 wrong password, or not for this request; -3 old or used nonce, -4 no credentials, -5 a variable has no value; 0: they were broken and answered with 400."
	realm := script.Str("realm", `realm; "": the host of To for www_ and a REGISTER, else that of From`)
	authorizer := func(name string, r server.Role) *script.Func {
		f := script.Func1(name, doc, script.R, realm, func(c *script.Ctx, realm []byte) script.Ret { return m.authorize(c, r, realm) })
		f.Needs = m.needsSpecs
		return f
	}
	return []*script.Func{authorizer("pv_www_authorize", server.UAS), authorizer("pv_proxy_authorize", server.Proxy)}
}

func (m *Module) needsSpecs(*script.Registry) string {
	switch {
	case m.userSpec == "":
		return `it needs modparam("auth", "username_spec", "$avp(username)")`
	case m.passwordSpec == "":
		return `it needs modparam("auth", "password_spec", "$avp(password)")`
	}
	return ""
}

func (m *Module) authorize(c *script.Ctx, r server.Role, realm []byte) script.Ret {
	var cred server.Credentials
	ret, found := m.server.Find(c, r, realm, &cred)
	if !found {
		return ret
	}
	user, password := m.user.Get(c), m.password.Get(c)
	if !isText(user) || !isText(password) {
		c.LogError("auth: %s or %s has no value", m.userSpec, m.passwordSpec)
		return server.Failed
	}
	msg := &proxy.From(c).Req.Msg
	if !sipparse.EqualFold(user.Str, cred.Username.Of(msg.Buf())) {
		return server.UnknownUser
	}
	ha1 := password.Str
	var room [digest.MaxHex]byte
	if m.calculateHA1 {
		ha1 = cred.AppendHA1(room[:0], msg, ha1)
	}
	return m.server.Check(c, &cred, ha1)
}

func isText(v script.Value) bool { return v.Kind == script.StrKind && len(v.Str) > 0 }
