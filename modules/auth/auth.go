// Package auth is OpenSIPS's auth module: Digest challenges, credentials whose password is
// in variables, and Remote-Party-ID. Where passwords are in a database, module auth_db
// looks them up; both judge by package digest/server.
package auth

import (
	"errors"
	"time"

	"github.com/fastsips/fastsips/digest/nonce"
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded auth.
type Module struct {
	server server.Server

	secret       string
	life         time.Duration
	reuse        bool
	realmPrefix  string
	calculateHA1 bool

	userSpec, passwordSpec string
	user, password         script.VarRef

	rpid
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ server.Owner   = (*Module)(nil)
)

// DigestServer is what judges credentials; complete when the modules have started.
func (m *Module) DigestServer() *server.Server { return &m.server }

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	m.parameters(&e.Params)
	e.Funcs = append(e.Funcs, m.challenges()...)
	e.Funcs = append(e.Funcs, m.authorizers()...)
	e.Funcs = append(e.Funcs, m.rpid.functions()...)
}

func (m *Module) parameters(p *module.Params) {
	p.Func("secret", "what nonces are encrypted with; servers with the same one take each other's if disable_nonce_check is 1. Random at each start if it is not set", m.setSecret)
	p.SecondsFrom(&m.life, "nonce_expire", 30*time.Second, time.Second, "seconds for which a nonce is good")
	p.Bool(&m.reuse, "disable_nonce_check", false, "1: nonces may be used again, and those of other servers with the same secret are taken")
	p.String(&m.realmPrefix, "realm_prefix", "", `taken off a realm that comes from the request: with "sip." sip.example.com is example.com`)
	variable(p, &m.userSpec, "username_spec", "variable with the user name for pv_www_authorize() and pv_proxy_authorize()")
	variable(p, &m.passwordSpec, "password_spec", "variable with the password, or what calculate_ha1 says")
	p.Bool(&m.calculateHA1, "calculate_ha1", false, "1: password_spec has the password itself, not H(user:realm:password) in hexadecimal digits")
	m.rpid.parameters(p)
}

func (m *Module) setSecret(s string) error {
	if s == "" {
		return errors.New("nonces of an empty secret are anybody's")
	}
	m.secret = s
	return nil
}

// variable declares a parameter that names a variable.
func variable(p *module.Params, v *string, name, doc string) {
	p.Func(name, doc, func(s string) error {
		_, err := script.VarText(s)
		*v = s
		return err
	})
}

// Start makes the nonces' key, and looks up the variables.
func (m *Module) Start(e *module.Env) error {
	m.server.Nonces = nonce.New(e.Shared.(*proxy.Core).Group, []byte(m.secret), m.life, !m.reuse)
	m.server.RealmPrefix = []byte(m.realmPrefix)
	var errs []error
	for _, x := range []struct {
		text string
		ref  *script.VarRef
	}{{m.userSpec, &m.user}, {m.passwordSpec, &m.password}, {m.rpid.spec, &m.rpid.value}} {
		if x.text == "" {
			continue
		}
		var err error
		*x.ref, err = e.Registry().Variable(x.text)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
