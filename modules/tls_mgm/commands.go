package tls_mgm

import (
	"context"

	"github.com/fastsips/fastsips/mi"
)

func (m *Module) commands() []*mi.Command {
	return []*mi.Command{
		{Name: "tls_mgm:list", Aliases: []string{"tls_list"}, Doc: "List the TLS domains.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) { return m.list(), nil })}},
		{Name: "tls_mgm:reload", Aliases: []string{"tls_reload"}, Doc: "Read the files of all TLS domains again. If one is broken, all stay as they were.", Recipes: []mi.Recipe{
			mi.Recipe0(func(context.Context) (any, error) {
				if err := m.load(); err != nil {
					return nil, mi.Errorf(500, "Failed to reload").With(err.Error())
				}
				return "OK", nil
			})}},
	}
}

func (m *Module) list() mi.Object {
	domains := []any{}
	for _, d := range m.domains {
		domains = append(domains, d.describe())
	}
	return mi.Object{{Name: "Domains", Value: domains}}
}

func (d *domain) describe() mi.Object {
	kind, method := "client", d.method
	if d.server {
		kind = "server"
	}
	if method == "" {
		method = "TLSany"
	}
	return mi.Object{
		{Name: "name", Value: d.name}, {Name: "type", Value: kind},
		{Name: "IP ADDRESS FILTERS", Value: orEmpty(d.addresses)}, {Name: "SIP DOMAIN FILTERS", Value: orEmpty(d.sipDomains)},
		{Name: "METHOD", Value: method}, {Name: "VERIFY_CERT", Value: d.verify}, {Name: "REQ_CLI_CERT", Value: d.require},
		{Name: "CRL_CHECKALL", Value: d.crlAll}, {Name: "CERT_FILE", Value: d.certificate}, {Name: "CRL_DIR", Value: d.crlDir},
		{Name: "CA_FILE", Value: d.caList}, {Name: "CA_DIR", Value: d.caDir}, {Name: "PKEY_FILE", Value: d.key},
		{Name: "CIPHER_LIST", Value: d.cipherList}, {Name: "DH_PARAMS_FILE", Value: d.dhParams}, {Name: "EC_CURVE", Value: d.curve},
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
