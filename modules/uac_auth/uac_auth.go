// Package uac_auth is OpenSIPS's uac_auth module: it has the user names and passwords with
// which other modules answer the challenges of other servers.
package uac_auth

import (
	"errors"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded uac_auth.
type Module struct {
	bound  []credential // those that name hosts
	others []credential
	avp    struct{ user, realm, password, host avp }
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Func("credential", `"user:realm:password", or instead of the password 0x and the HA1; behind it perhaps " @host", several of them: a challenge is answered only to who was reached by that name or has that address. Of several for a realm those with a host count first, then the last one`, m.add)
	m.avp.realm.declare(e, "auth_realm_avp", "$avp with a realm, which counts before the credentials")
	m.avp.user.declare(e, "auth_username_avp", "$avp with the user name for it")
	m.avp.password.declare(e, "auth_password_avp", "$avp with the password for it, or 0x and the HA1")
	m.avp.host.declare(e, "auth_host_avp", "$avp with the host that may ask for it; without a value any may. Not of OpenSIPS")
}

// Start looks whether the $avps are complete.
func (m *Module) Start(*module.Env) error {
	a := &m.avp
	if n := a.realm.n() + a.user.n() + a.password.n(); n != 0 && n != 3 || n == 0 && a.host.set {
		return errors.New("auth_realm_avp, auth_username_avp and auth_password_avp belong together")
	}
	return nil
}

// Credential returns what answers a challenge of this realm in a run. From reports whether
// a host is the one that the challenge came from. A password may be 0x and an HA1. What is
// returned is valid as long as the run.
func (m *Module) Credential(c *script.Ctx, realm []byte, from func(host string) bool) (user, password []byte, ok bool) {
	if user, password, ok = m.ofAVPs(c, realm, from); ok {
		return user, password, true
	}
	for _, list := range [...][]credential{m.bound, m.others} {
		for i := len(list) - 1; i >= 0; i-- {
			if x := &list[i]; x.fits(realm, from) {
				return x.user, x.password, true
			}
		}
	}
	return nil, nil, false
}
