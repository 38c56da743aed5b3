package db

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
)

type domains map[string]*tls.Config

func (d domains) ClientTLS(name string) (*tls.Config, error) {
	if cfg := d[name]; cfg != nil {
		return cfg, nil
	}
	return nil, errors.New("there is no such client_domain")
}

// A db_url names a client_domain of tls_mgm: "?tls_domain=name", if use_tls of its driver
// allows it.
func TestTLSDomain(t *testing.T) {
	billing := &tls.Config{ServerName: "billing"}
	loaded := any(domains{"billing": billing})
	s := NewSet(nil, nil, func(string) any { return loaded })
	get := func(url string, allowed bool) (*tls.Config, string) {
		u, err := ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := s.TLS(u, allowed)
		if err != nil {
			return cfg, err.Error()
		}
		return cfg, ""
	}
	if cfg, err := get("postgres://u@h/d?tls_domain=billing", true); cfg != billing || err != "" {
		t.Errorf("got %v, %s", cfg, err)
	}
	if cfg, err := get("postgres://u@h/d", true); cfg != nil || err != "" {
		t.Errorf("without a domain got %v, %s", cfg, err)
	}
	if _, err := get("postgres://u@h/d?tls_domain=billing", false); !strings.Contains(err, "use_tls") {
		t.Errorf("without use_tls: %q", err)
	}
	if _, err := get("postgres://u@h/d?tls_domain=other", true); !strings.Contains(err, `tls_domain "other": there is no`) {
		t.Errorf("an unknown domain: %q", err)
	}
	loaded = nil
	if _, err := get("postgres://u@h/d?tls_domain=billing", true); !strings.Contains(err, "tls_mgm.so") {
		t.Errorf("without tls_mgm: %q", err)
	}
}
