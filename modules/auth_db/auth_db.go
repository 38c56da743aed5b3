// Package auth_db is OpenSIPS's auth_db module: Digest credentials judged by the table of
// subscribers, and what the tables say of URIs. Each look-up is one prepared query with
// bound values, for which the run waits parked; no loop waits for a database.
//
// It also is module uri of OpenSIPS 1.x and 2.x, whose functions on subscribers came here.
package auth_db

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded auth_db.
type Module struct {
	base
	server       *server.Server
	calculateHA1 bool
	skipVersion  bool
	credentials  []credential
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
)

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	e.Depends("to challenge and to judge credentials", "auth")
	m.parameters(&e.Params)
	e.Funcs = append(e.Funcs, m.authorizers()...)
	e.Funcs = append(e.Funcs, m.checks()...)
}

func (m *Module) parameters(p *module.Params) {
	m.base.parameters(p)
	p.String(&m.domain, "domain_column", "domain", "and of the domains")
	p.String(&m.password, "password_column", "ha1", "its column of H(user:realm:password) by MD5; with calculate_ha1 of the passwords")
	p.String(&m.sha256, "hash_column_sha256", "ha1_sha256", "likewise by SHA-256")
	p.String(&m.sha512, "hash_column_sha512t256", "ha1_sha512t256", "likewise by SHA-512-256")
	p.Gone("password_column_2", "a user name with a domain is judged by password_column; set calculate_ha1 for clients that send one")
	p.String(&m.uriUser, "uri_user_column", "username", "column of the user names in a table of URIs")
	p.String(&m.uriDomain, "uri_domain_column", "domain", "and of the domains")
	p.String(&m.uriURI, "uri_uriuser_column", "uri_user", "and of the users that their URIs may have")
	p.Bool(&m.calculateHA1, "calculate_ha1", false, "1: password_column has the passwords themselves")
	p.Bool(&m.useDomain, "use_domain", true, "the domain must be that of the row as well, not only the user")
	p.Func("load_credentials", `columns that are loaded when credentials are right: "$avp(name)=column;column", without a name to the $avp of the column's`, m.setCredentials)
	p.Bool(&m.skipVersion, "skip_version_check", false, "1: the table version is not looked at")
}

// A credential is a column that is loaded into an $avp.
type credential struct {
	column, spec string
	avp          script.VarRef
}

func (m *Module) setCredentials(text string) error {
	m.credentials, m.loaded = nil, nil
	for item := range strings.SplitSeq(text, ";") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		x := credential{column: item, spec: "$avp(" + item + ")"}
		if strings.HasPrefix(item, "$") {
			spec, column, _ := strings.Cut(item, "=")
			x = credential{column: strings.TrimSpace(column), spec: strings.TrimSpace(spec)}
		}
		if name, err := script.VarText(x.spec); err != nil || name != "avp" || !isName(x.column) {
			return fmt.Errorf(`%q is not "$avp(name)=column", nor a column`, item)
		}
		m.credentials, m.loaded = append(m.credentials, x), append(m.loaded, x.column)
	}
	return nil
}

// Start prepares the database, which need not be up.
func (m *Module) Start(e *module.Env) error {
	owner, ok := e.Module("auth").(server.Owner)
	if !ok {
		return errors.New("module auth is not loaded")
	}
	m.server = owner.DigestServer()
	for i := range m.credentials {
		x := &m.credentials[i]
		var err error
		if x.avp, err = e.Registry().Variable(x.spec); err != nil {
			return fmt.Errorf("load_credentials: %w", err)
		}
	}
	return m.base.start(e)
}

// Open looks at the versions of the tables.
func (m *Module) Open(*module.Env) error {
	if !m.skipVersion {
		m.base.checkVersions()
	}
	return nil
}
