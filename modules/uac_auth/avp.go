package uac_auth

import (
	"errors"
	"strings"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// An avp is the $avp that a parameter names.
type avp struct {
	id  int32
	set bool
}

func (a *avp) declare(e *module.Env, name, doc string) {
	e.Params.Func(name, doc, func(text string) error {
		inner, ok := strings.CutPrefix(text, "$avp(")
		inner, closed := strings.CutSuffix(inner, ")")
		if !ok || !closed || inner == "" || strings.ContainsAny(inner, "$()[] ") {
			return errors.New(`must be an $avp, such as "$avp(name)"`)
		}
		a.id, a.set = e.Registry().AVPID(inner), true
		return nil
	})
}

func (a *avp) n() int {
	if a.set {
		return 1
	}
	return 0
}

// text returns the value in a run; nil unless it is a string with something in it.
func (a *avp) text(c *script.Ctx) []byte {
	if !a.set {
		return nil
	}
	if v := c.AVPs().Get(a.id, 0); v.Kind == script.StrKind && len(v.Str) > 0 {
		return v.Str
	}
	return nil
}

// ofAVPs is Credential of what the script has set.
func (m *Module) ofAVPs(c *script.Ctx, realm []byte, from func(host string) bool) (user, password []byte, ok bool) {
	a := &m.avp
	if r := a.realm.text(c); r == nil || string(r) != string(realm) {
		return nil, nil, false
	}
	if host := a.host.text(c); host != nil && !from(string(host)) {
		return nil, nil, false
	}
	user, password = a.user.text(c), a.password.text(c)
	return user, password, user != nil && password != nil
}
