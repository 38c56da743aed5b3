package rest_client

import (
	"crypto/tls"
	"fmt"
	"os"

	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
)

// clientDomains is module tls_mgm.
type clientDomains interface {
	Domain(name string) *tls.Config
}

// A trust makes configurations of TLS.
type trust struct {
	plain *tls.Config // of requests without a domain
	known loop.Local[map[string]derived]
}

// A derived is what a domain's configuration was made into.
type derived struct{ from, cfg *tls.Config }

// start reads ssl_capath.
func (t *trust) start(m *Module, g *loop.Group) error {
	file, dir := m.caPath, ""
	if info, err := os.Stat(m.caPath); err == nil && info.IsDir() {
		file, dir = "", m.caPath
	}
	roots, err := wire.Authorities(file, dir)
	if err != nil {
		return fmt.Errorf("ssl_capath: %w", err)
	}
	t.plain = m.rules(&tls.Config{RootCAs: roots})
	t.known = loop.NewLocal(g, func(int) map[string]derived { return map[string]derived{} })
	return nil
}

// rules applies ssl_verifypeer and ssl_verifyhost, which count for domains as well.
func (m *Module) rules(cfg *tls.Config) *tls.Config {
	cfg.InsecureSkipVerify = !m.verifyPeer // only where the configuration asks for it
	switch {
	case !m.verifyPeer:
		cfg.VerifyConnection = nil
	case !m.verifyHost:
		wire.AnyName(cfg)
	}
	return cfg
}

// of is the configuration of a domain: the same one until the domain is reloaded.
func (t *trust) of(m *Module, l *loop.Loop, name string) *tls.Config {
	if m.domains == nil {
		return nil
	}
	from := m.domains.Domain(name)
	if from == nil {
		return nil
	}
	known := *t.known.On(l)
	if d := known[name]; d.from == from {
		return d.cfg
	}
	cfg := from.Clone()
	if cfg.RootCAs == nil {
		cfg.RootCAs = t.plain.RootCAs
	}
	known[name] = derived{from, m.rules(cfg)}
	return cfg
}
