package cachedb_redis

import (
	"crypto/tls"
	"errors"

	"github.com/fastsips/fastsips/module"
)

// clientDomains is what is asked of tls_mgm.
type clientDomains interface {
	// ClientTLS returns the configuration of a client domain.
	ClientTLS(domain string) (*tls.Config, error)
}

// clientTLS returns the configuration for a tls_domain, nil for none.
func (m *Module) clientTLS(e *module.Env, domain string) (*tls.Config, error) {
	switch {
	case domain == "":
		return nil, nil
	case !m.useTLS:
		return nil, errors.New(`tls_domain needs modparam("cachedb_redis", "use_tls", 1)`)
	}
	domains, ok := e.Module("tls_mgm").(clientDomains)
	if !ok {
		return nil, errors.New(`tls_domain needs loadmodule "tls_mgm.so"`)
	}
	return domains.ClientTLS(domain)
}
