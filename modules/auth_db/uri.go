package auth_db

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A uriModule is module uri of OpenSIPS 1.x and 2.x. Its functions about messages are those
// of sipmsgops, which the loader adds; those about subscribers, whose tables are parameters,
// are here.
type uriModule struct {
	base
	name           string // of the table
	useTable       bool
	owners, people *table
}

// URI returns module uri.
func URI() module.Module { return new(uriModule) }

var _ module.Starter = (*uriModule)(nil)

// Setup declares what of it there still is.
func (m *uriModule) Setup(e *module.Env) {
	p := &e.Params
	m.base.parameters(p)
	p.String(&m.domain, "domain_column", "domain", "column of the domains")
	p.String(&m.uriURI, "uriuser_column", "uri_user", "column of the users that the URIs of a user may have")
	p.String(&m.name, "db_table", "subscriber", "the table: of subscribers, or with use_uri_table of URIs")
	p.Bool(&m.useTable, "use_uri_table", false, "a user may have the URIs that a table gives him, not only the one of his name")
	p.Bool(&m.useDomain, "use_domain", false, "the domain must be that of the row as well, not only the user")
	p.Ignored("service_type", "there is no RADIUS here")
	p.Ignored("aaa_url", "there is no RADIUS here")
	e.Funcs = []*script.Func{
		m.needsDB(e, script.Func0("db_check_to", "Whether the user of To is that of the credentials; db_is_to_authorized() of auth_db today.", script.R,
			func(c *script.Ctx) script.Ret { return m.check(c, (*sipparse.Msg).To) }).MayWait(), false),
		m.needsDB(e, script.Func0("db_check_from", "Whether the user of From is that of the credentials; db_is_from_authorized() of auth_db today.", script.R,
			func(c *script.Ctx) script.Ret { return m.check(c, (*sipparse.Msg).From) }).MayWait(), false),
		m.needsDB(e, script.Func2("db_does_uri_exist", "Whether the Request-URI, or another one, is of a subscriber.", script.R|script.F|script.L,
			script.Opt(script.Str("uri", "the URI")), script.Opt(m.tableParam(subscriberVersion)), m.doesExist).MayWait(), true),
		m.needsDB(e, script.Func3("db_get_auth_id", "Find out with which user name and realm the owner of a URI authenticates.", script.R|script.F|script.L,
			script.Str("uri", "SIP URI"), script.Out("auth", "variable for the user name"), script.Out("realm", "variable for the realm"),
			func(c *script.Ctx, uri []byte, auth, realm script.VarRef) script.Ret {
				return m.getAuthID(c, m.owners, uri, auth, realm)
			}).MayWait(), true),
	}
}

// borrow takes database and columns of module auth_db where it is loaded as well and this one
// has no db_url: the name db_does_uri_exist belongs to who was loaded first.
func (m *uriModule) borrow(e *module.Env) {
	if other, ok := e.Module("auth_db").(*Module); ok && m.url == "" {
		m.url, m.user, m.domain, m.useDomain = other.url, other.user, other.domain, other.useDomain
	}
}

// needsDB refuses a call that has no database to ask.
func (m *uriModule) needsDB(e *module.Env, f *script.Func, always bool) *script.Func {
	f.Needs = func(*script.Registry) string {
		m.borrow(e)
		if m.url == "" && (always || m.useTable) {
			return `it needs modparam("uri", "db_url", "...")`
		}
		return ""
	}
	return f
}

// Start prepares the tables of the parameters.
func (m *uriModule) Start(e *module.Env) (err error) {
	m.columns.uriUser, m.columns.uriDomain = m.user, m.domain
	if m.people, err = m.table(m.name, subscriberVersion); err != nil {
		return err
	}
	if m.owners, err = m.table(m.name, uriVersion); err != nil {
		return err
	}
	if m.url == "" {
		m.module = e.Name
		return nil
	}
	m.tables = append(m.tables, m.people, m.owners)
	return m.base.start(e)
}

// check is db_check_to and db_check_from. Without a table of URIs the names are compared.
func (m *uriModule) check(c *script.Ctx, party partyOf) script.Ret {
	if m.useTable {
		return m.isAuthorized(c, party, m.owners)
	}
	who, user, ret := claim(c, m.module, party)
	if ret == yes && !sipparse.EqualFold(who.user, user) {
		return notHis
	}
	return ret
}

func (m *uriModule) doesExist(c *script.Ctx, uri []byte, t *table) script.Ret {
	if uri == nil {
		x := proxy.From(c)
		if x.Req == nil {
			return noURI
		}
		uri = x.Target.URI(x.Req.Msg.RequestURI())
	}
	if t == nil {
		t = m.people
	}
	return m.doesURIExist(c, uri, t)
}
