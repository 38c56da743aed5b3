package db

import (
	"crypto/tls"
	"errors"
	"fmt"
)

// TLSDomains is what module tls_mgm is to drivers: the client settings that its
// client_domain parameters name, nil if none has that name or its files are broken.
type TLSDomains interface {
	Domain(name string) *tls.Config
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
	if config := domains.Domain(name); config != nil {
		return config, nil
	}
	return nil, fmt.Errorf("tls_mgm has no client domain %q that can be used", name)
}
