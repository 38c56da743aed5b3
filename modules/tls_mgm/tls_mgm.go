// Package tls_mgm is OpenSIPS's tls_mgm module, as far as clients need it: named sets of
// certificates and rules that other modules make TLS connections with.
//
// Files are read at the start and by tls:reload, never on a loop. What has been read is a
// table that never changes; a reload replaces it whole, or leaves it alone if a file is
// broken.
package tls_mgm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded tls_mgm.
type Module struct {
	domains []*domain // as the configuration has them
	once    sync.Once
	err     error                                  // of the first reading
	table   atomic.Pointer[map[string]*tls.Config] // client domains; never changed, only replaced
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// later says why a parameter has no meaning yet.
const (
	laterSIP = "SIP over TLS is not there yet"
	laterDB  = "domains come from the configuration only, so far"
)

// Setup declares the parameters and commands.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Func("client_domain", "name of a set that connections which we make may use; before what is set for it", m.define(false))
	p.Func("server_domain", "as client_domain, for connections that others make: "+laterSIP+", so nothing uses it", m.define(true))
	m.setting(p, "match_ip_address", "[domain]address:port: "+laterSIP+", so it is only listed", func(d *domain, v string) error { d.addresses = list(v); return nil })
	m.setting(p, "match_sip_domain", "[domain]host: "+laterSIP+", so it is only listed", func(d *domain, v string) error { d.sipDomains = list(v); return nil })
	m.setting(p, "tls_method", "[domain]version, or lowest-highest: TLSv1, TLSv1_1, TLSv1_2, TLSv1_3; TLSany and SSLv23 are 1.2 and higher", (*domain).setMethod)
	m.setting(p, "certificate", "[domain]file with our certificate and its chain, PEM", func(d *domain, v string) error { d.certificate = v; return nil })
	m.setting(p, "private_key", "[domain]file with its key, PEM", func(d *domain, v string) error { d.key = v; return nil })
	m.setting(p, "ca_list", "[domain]file with the authorities that are trusted, PEM", func(d *domain, v string) error { d.caList = v; return nil })
	m.setting(p, "ca_dir", "[domain]directory with such files; without both, those of the system are trusted", func(d *domain, v string) error { d.caDir = v; return nil })
	m.setting(p, "crl_dir", "[domain]directory with revocation lists: a certificate without a list of its issuer is refused then", func(d *domain, v string) error { d.crlDir = v; return nil })
	m.setting(p, "crl_check_all", "[domain]1: look up the whole chain, not the certificate alone", flag(func(d *domain) *bool { return &d.crlAll }))
	m.setting(p, "verify_cert", "[domain]0: take any certificate", flag(func(d *domain) *bool { return &d.verify }))
	m.setting(p, "require_cert", "[domain]1: of clients; "+laterSIP, flag(func(d *domain) *bool { return &d.require }))
	m.setting(p, "ciphers_list", "[domain]OpenSSL's names of cipher suites up to TLS 1.2, between colons", (*domain).setCiphers)
	m.setting(p, "ec_curve", "[domain]curve for the key exchange", (*domain).setCurve)
	m.setting(p, "dh_params", "[domain]file: there is no finite-field Diffie-Hellman, so it is only listed", func(d *domain, v string) error { d.dhParams = v; return nil })
	m.ignore(p)
	e.Commands = m.commands()
}

func (m *Module) ignore(p *module.Params) {
	p.Ignored("tls_library", "TLS is Go's")
	p.Ignored("client_tls_domain_avp", laterSIP)
	p.Ignored("client_sip_domain_avp", laterSIP)
	for _, name := range strings.Fields(`db_url db_table domain_col match_ip_address_col match_sip_domain_col tls_method_col verify_cert_col
		require_cert_col certificate_col private_key_col crl_check_all_col crl_dir_col ca_list_col ca_dir_col ciphers_list_col dh_params_col ec_curve_col`) {
		p.Ignored(name, laterDB)
	}
}

// define makes a domain.
func (m *Module) define(server bool) func(string) error {
	return func(v string) error {
		name, _, _ := strings.Cut(v, "=") // "name=address:port" in OpenSIPS 2
		name = strings.TrimSpace(name)
		switch {
		case name == "" || strings.ContainsAny(name, "[]"):
			return fmt.Errorf("%q is no name of a domain", v)
		case m.find(name) != nil:
			return fmt.Errorf("there is a domain %q already", name)
		}
		m.domains = append(m.domains, &domain{name: name, server: server, verify: true, require: true})
		return nil
	}
}

// setting declares a parameter that is written "[domain]value".
func (m *Module) setting(p *module.Params, name, doc string, set func(d *domain, v string) error) {
	p.AnyFunc(name, doc, func(x module.Value) error {
		in, v, ok := strings.Cut(strings.TrimPrefix(x.Str, "["), "]")
		if x.IsInt || !ok || !strings.HasPrefix(x.Str, "[") {
			return errors.New(`must name its domain: "[domain]value"`)
		}
		d := m.find(strings.TrimSpace(in))
		if d == nil {
			return fmt.Errorf("there is no domain %q before this line: %s", in, m.known())
		}
		return set(d, strings.TrimSpace(v))
	})
}

func (m *Module) find(name string) *domain {
	for _, d := range m.domains {
		if d.name == name {
			return d
		}
	}
	return nil
}

// known tells what there is instead.
func (m *Module) known() string {
	if len(m.domains) == 0 {
		return `define it with modparam("tls_mgm", "client_domain", ...)`
	}
	var names []string
	for _, d := range m.domains {
		names = append(names, d.name)
	}
	return "there are " + strings.Join(names, ", ")
}

// Start reads the files.
func (m *Module) Start(e *module.Env) error {
	for _, d := range m.domains {
		if d.server {
			e.Shared.(*proxy.Core).Group.Logger().Warn("tls_mgm: nothing uses server domains yet", "domain", d.name)
		}
	}
	return m.first()
}

// first reads the files once, for whoever comes first: another module may start earlier.
func (m *Module) first() error {
	m.once.Do(func() { m.err = m.load() })
	return m.err
}

// load reads all files.
func (m *Module) load() error {
	table := map[string]*tls.Config{}
	var all error
	for _, d := range m.domains {
		if d.server {
			continue
		}
		cfg, err := d.config()
		if err != nil {
			all = errors.Join(all, fmt.Errorf("TLS domain %s: %w", d.name, err))
			continue
		}
		table[d.name] = cfg
	}
	if all == nil {
		m.table.Store(&table)
	}
	return all
}

// Domain returns what connections of a client domain are made with; nil if there is no
// such domain. It must not be changed, and a later call may return another. Anybody may
// call it once modules start; on loops when they have started.
func (m *Module) Domain(name string) *tls.Config {
	if m.table.Load() == nil && m.first() != nil {
		return nil
	}
	return (*m.table.Load())[name]
}

var _ db.TLSDomains = (*Module)(nil)

// ClientTLS is Domain with a reason if there is none, for the drivers of databases.
func (m *Module) ClientTLS(name string) (*tls.Config, error) {
	if err := m.first(); err != nil {
		return nil, err
	}
	if cfg := m.Domain(name); cfg != nil {
		return cfg, nil
	}
	return nil, fmt.Errorf("there is no client_domain of that name, %s", m.known())
}
