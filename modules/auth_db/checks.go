package auth_db

import (
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Values of the functions on URIs.
const (
	yes      script.Ret = 1
	noURI    script.Ret = -1
	noCreds  script.Ret = -2
	broken   script.Ret = -3 // a column has NULL
	noUser   script.Ret = -4
	noLookup script.Ret = -4 // db_does_uri_exist: the database does not answer
	nobody   script.Ret = -4 // db_get_auth_id
	notThere script.Ret = -5
	noAnswer script.Ret = -8
	notHis   script.Ret = -9
)

func (m *Module) checks() []*script.Func {
	uri, uris := script.Str("uri", "SIP URI"), m.tableParam(uriVersion)
	const may = " as a table of URIs has it. 1; -1 broken, -2 no credentials that were found to be right, -4 no user in it, -8 the database does not answer, -9 it is somebody else's."
	return []*script.Func{
		script.Func2("db_does_uri_exist", "Whether a URI is of a user in the table. 1; -1 it is no URI, -4 the database does not answer, -5 there is no such user.",
			script.R|script.F|script.L, uri, m.tableParam(subscriberVersion), m.doesURIExist).MayWait(),
		script.Func1("db_is_to_authorized", "Whether the user of To may be that of the credentials,"+may, script.R, uris, func(c *script.Ctx, t *table) script.Ret {
			return m.isAuthorized(c, (*sipparse.Msg).To, t)
		}).MayWait(),
		script.Func1("db_is_from_authorized", "Whether the user of From may be that of the credentials,"+may, script.R, uris, func(c *script.Ctx, t *table) script.Ret {
			return m.isAuthorized(c, (*sipparse.Msg).From, t)
		}).MayWait(),
		script.Func4("db_get_auth_id", "Find out with which user name and realm the owner of a URI authenticates. 1; -1 it is no URI with a user, -4 it is nobody's, -8 the database does not answer.",
			script.R|script.F|script.L, uris, uri, script.Out("auth", "variable for the user name"), script.Out("realm", "variable for the realm"), m.getAuthID).MayWait(),
	}
}

// userOf reads a sip URI.
func userOf(uri []byte) (user, host []byte, ok bool) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil, nil, false
	}
	return u.User.Of(uri), u.Host.Of(uri), true
}

func (b *base) doesURIExist(c *script.Ctx, uri []byte, t *table) script.Ret {
	user, host, ok := userOf(uri)
	switch {
	case !ok:
		return noURI
	case !isText(user) || !isText(host):
		return notThere
	}
	values := [...][]byte{user, host}
	return b.ask(c, b.call(c), &t.exists, noLookup, func(_ *script.Ctx, q *call) script.Ret {
		return anyRow(q, notThere)
	}, values[:len(t.exists.Where)]...)
}

// anyRow is 1 if there are rows.
func anyRow(q *call, none script.Ret) script.Ret {
	if q.Rows() == 0 {
		return none
	}
	return yes
}

// A partyOf is From or To.
type partyOf func(*sipparse.Msg) *sipparse.NameAddr

// isAuthorized asks whether the one who has authenticated may call himself like a party.
func (b *base) isAuthorized(c *script.Ctx, party partyOf, t *table) script.Ret {
	who, user, ret := claim(c, b.module, party)
	if ret != yes {
		return ret
	}
	return b.ask(c, b.call(c), &t.may, noAnswer, func(_ *script.Ctx, q *call) script.Ret {
		return anyRow(q, notHis)
	}, who.user, who.domain, user)
}

// An identity is the user name and domain of credentials.
type identity struct{ user, domain []byte }

// claim returns who has authenticated, and as whom he speaks; 1 if there are both.
func claim(c *script.Ctx, module string, of partyOf) (who identity, user []byte, ret script.Ret) {
	x := proxy.From(c)
	var cred sipparse.Credentials
	if !server.Good(x, &cred) {
		c.LogError("%s: there are no authorized credentials; call www_authorize() or proxy_authorize() before", module)
		return who, nil, noCreds
	}
	party, b := of(&x.Req.Msg), x.Req.Msg.Buf()
	if party == nil {
		return who, nil, noURI
	}
	user, _, ok := userOf(party.URI.Of(b))
	who.user, who.domain = splitUser(cred.Username.Of(b), cred.Realm.Of(b))
	switch {
	case !ok:
		return who, nil, noURI
	case len(user) == 0:
		return who, nil, noUser
	case !isText(user) || !isText(who.user) || !isText(who.domain):
		return who, nil, notHis
	}
	return who, user, yes
}

func (b *base) getAuthID(c *script.Ctx, t *table, uri []byte, auth, realm script.VarRef) script.Ret {
	user, host, ok := userOf(uri)
	switch {
	case !ok || len(user) == 0:
		return noURI
	case !isText(user) || !isText(host):
		return nobody
	}
	q := b.call(c)
	q.outs = [2]script.VarRef{auth, realm}
	values := [...][]byte{user, host}
	return b.ask(c, q, &t.owner, noAnswer, ownerFound, values[:len(t.owner.Where)]...)
}

// ownerFound is the end of db_get_auth_id.
func ownerFound(c *script.Ctx, q *call) script.Ret {
	switch q.Rows() {
	case 0:
		return nobody
	case 2:
		c.LogError("%s: a URI has several owners; use_domain may have to be set", q.base.module)
	}
	for i, out := range q.outs {
		b, null := q.Value(0, i)
		if null {
			return broken
		}
		out.Set(c, script.StrValue(c.Copy(unpadded(b))))
	}
	return yes
}
