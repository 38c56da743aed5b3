package db

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// TLSDomains is what module tls_mgm is to drivers: the client settings that its
// client_domain parameters name.
type TLSDomains interface {
	// ClientTLS returns the settings of a client domain, which must not be changed.
	ClientTLS(domain string) (*tls.Config, error)
}

// TLS returns the settings for the connections of u, which has "tls_domain=name";
// nil if it has not. Allowed is the driver's parameter use_tls.
func (s *Set) TLS(u *URL, allowed bool) (*tls.Config, error) {
	name, ok := u.Param("tls_domain")
	if !ok {
		return nil, nil
	}
	if !allowed {
		return nil, errors.New("tls_domain in a db_url needs modparam use_tls = 1 of its driver")
	}
	domains, ok := s.drivers("tls_mgm").(TLSDomains)
	if !ok {
		return nil, errors.New("tls_domain in a db_url needs loadmodule \"tls_mgm.so\"")
	}
	config, err := domains.ClientTLS(name)
	if err != nil {
		return nil, fmt.Errorf("tls_domain %q: %w", name, err)
	}
	return config, nil
}
