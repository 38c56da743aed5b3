package auth_db

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

func (m *Module) authorizers() []*script.Func {
	const doc = "Judge the credentials for a realm by a table. 1 right, also for ACK and CANCEL; -1 no such user, -2 wrong password, or not for this request; " +
		"-3 old or used nonce, -4 no credentials, -5 the database does not answer; 0: they were broken and answered with 400."
	realm := script.Str("realm", `realm; "": the host of To for www_ and a REGISTER, else that of From`)
	authorizer := func(name string, r server.Role) *script.Func {
		return script.Func2(name, doc, script.R, realm, m.tableParam(subscriberVersion), func(c *script.Ctx, realm []byte, t *table) script.Ret {
			return m.authorize(c, r, realm, t)
		}).MayWait()
	}
	return []*script.Func{authorizer("www_authorize", server.UAS), authorizer("proxy_authorize", server.Proxy)}
}

func (m *Module) authorize(c *script.Ctx, r server.Role, realm []byte, t *table) script.Ret {
	x := proxy.From(c)
	q := m.call(c)
	ret, found := m.server.Find(c, r, realm, &q.cred)
	if !found {
		q.free(x.Loop())
		return ret
	}
	q.m = m
	b := x.Req.Msg.Buf()
	user, domain := splitUser(q.cred.Username.Of(b), q.cred.Realm.Of(b))
	if !isText(user) || !isText(domain) {
		q.free(x.Loop())
		return server.UnknownUser
	}
	s := t.secretFor(q.cred.Algorithm)
	if m.calculateHA1 {
		s = &t.secret[0]
	}
	if m.useDomain {
		return m.ask(c, q, s, server.Failed, judge, user, domain)
	}
	return m.ask(c, q, s, server.Failed, judge, user)
}

// splitUser takes a user name "user@domain" apart; the realm is the domain of others.
func splitUser(name, realm []byte) (user, domain []byte) {
	if user, domain, has := bytes.Cut(name, []byte{'@'}); has && len(domain) > 0 {
		return user, domain
	}
	return name, realm
}

// isText reports whether b can be in a column of text: databases refuse what is not.
func isText(b []byte) bool {
	return len(b) > 0 && utf8.Valid(b) && bytes.IndexByte(b, 0) < 0
}

// judge is the end of www_authorize and proxy_authorize.
func judge(c *script.Ctx, q *call) script.Ret {
	if q.Rows() == 0 {
		return server.UnknownUser
	}
	secret, _ := q.Value(0, 0)
	if secret = unpadded(secret); len(secret) == 0 {
		return server.WrongPassword
	}
	var room [digest.MaxHex]byte
	if q.m.calculateHA1 {
		secret = q.cred.AppendHA1(room[:0], &proxy.From(c).Req.Msg, secret)
	}
	ret := q.m.server.Check(c, &q.cred, secret)
	if ret == server.Authorized {
		q.load(c)
	}
	return ret
}

// unpadded takes the blanks off that PostgreSQL fills a CHAR(n) up with.
func unpadded(b []byte) []byte { return bytes.TrimRight(b, " ") }

// load is load_credentials.
func (q *call) load(c *script.Ctx) {
	for i, x := range q.m.credentials {
		b, null := q.Value(0, 1+i)
		if b = unpadded(b); null || len(b) == 0 {
			continue
		}
		v := script.StrValue(c.Copy(b))
		if n, err := strconv.ParseInt(string(b), 10, 32); err == nil && q.Type(0, 1+i) == db.TypeInt {
			v = script.IntValue(int32(n))
		}
		x.avp.Set(c, v)
	}
}
