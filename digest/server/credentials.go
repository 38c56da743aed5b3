package server

import (
	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/digest/nonce"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Credentials are those of the request in hand for one realm. Their spans are into the
// message, which does not change while somebody waits.
type Credentials struct {
	sipparse.Credentials
	header int
	nonce  nonce.Nonce
}

// Find reads the credentials for a realm; empty: the realm that the request implies. When
// found is true, they are what a challenge from here asks for, in this request, and Check is
// to judge them. When not, ret is the value of the function that was called: Authorized for
// an ACK or CANCEL, which cannot be challenged (RFC 3261 §22.1).
func (s *Server) Find(c *script.Ctx, r Role, realm []byte, cred *Credentials) (ret script.Ret, found bool) {
	x := proxy.From(c)
	if x.Req == nil { // async lets a function be called where a call would be refused
		return Failed, false
	}
	m := &x.Req.Msg
	if m.Method() == sipparse.Ack || m.Method() == sipparse.Cancel {
		return Authorized, false
	}
	if len(realm) == 0 {
		realm = s.realmOf(m, r)
	}
	present, broken := search(m, r, realm, cred)
	switch {
	case len(realm) == 0, broken && !present, present && !cred.Complete():
		return answer(x, 400, badRequest), false
	case !present:
		return NoCredentials, false
	}
	return s.examine(x, cred)
}

// search looks for the first credentials for a realm, whose letters may be of either case
// where it is a host's name. Those for others do not matter, not even when they are broken.
func search(m *sipparse.Msg, r Role, realm []byte, cred *Credentials) (present, broken bool) {
	for it := m.Credentials(roles[r].credentials); ; {
		switch {
		case it.Next(&cred.Credentials):
			if cred.IsDigest && !cred.Realm.IsZero() && sipparse.EqualFold(cred.Realm.Of(m.Buf()), realm) {
				cred.header = it.Header()
				return true, broken
			}
		case it.Err() == sipparse.OK:
			return false, broken
		default:
			broken = true
			it.Skip()
		}
	}
}

// examine compares credentials with the challenge that they answer and with the request.
func (s *Server) examine(x *proxy.Context, cred *Credentials) (ret script.Ret, found bool) {
	m := &x.Req.Msg
	was := x.Req.Authorization()
	seen := was.Good && was.Header == cred.header
	if !seen {
		x.Req.SetAuthorization(proxy.Authorization{Header: cred.header})
	}
	var fresh bool
	cred.nonce, fresh = s.Nonces.Read(x.Loop(), cred.Nonce.Of(m.Buf()))
	switch {
	case seen: // by this very request, which may be asked twice
	case !fresh, s.Nonces.Used(&cred.nonce, cred.count()):
		return refuseNonce(x.Req, cred), false
	}
	if !cred.fits() || !sameTarget(x, cred.URI.Of(m.Buf())) {
		return WrongPassword, false
	}
	return 0, true
}

// fits reports whether the client has kept to what its challenge offered: who lets it
// choose a weaker algorithm, or none of the qop, lets anybody in between choose.
func (cred *Credentials) fits() bool {
	n := &cred.nonce
	return digest.HexLen(cred.Algorithm) > 0 && cred.Algorithm == n.Algorithm &&
		cred.QOP&^n.QOP == 0 && (cred.QOP == 0) == (n.QOP == 0)
}

// count is how often the nonce was used, this time included.
func (cred *Credentials) count() uint32 {
	if cred.QOP == 0 {
		return nonce.Once
	}
	return cred.Count
}

func refuseNonce(q *proxy.Request, cred *Credentials) script.Ret {
	q.SetAuthorization(proxy.Authorization{Header: cred.header, Stale: true})
	return StaleNonce
}

// sameTarget compares the uri of credentials with the Request-URI as it came: who has
// overheard credentials shall not call somebody else with them (RFC 3261 §22.4, item 5).
// What differs between clients does not matter, nor does by which of our names a host is
// called, since a proxy on the way may have replaced it.
func sameTarget(x *proxy.Context, uri []byte) bool {
	m := &x.Req.Msg
	var u sipparse.URI
	v := m.URI()
	if v == nil || sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	if u.SameTarget(uri, v, m.Buf()) {
		return true
	}
	tr := x.Proxy().Transport()
	return u.SameUser(uri, v, m.Buf()) && tr.IsMineAnyPort(u.Host.Of(uri), 0) && tr.IsMineAnyPort(v.Host.Of(m.Buf()), 0)
}

// AppendHA1 appends what Check needs, for who knows the password itself.
func (cred *Credentials) AppendHA1(dst []byte, m *sipparse.Msg, password []byte) []byte {
	b := m.Buf()
	return digest.AppendHA1(dst, cred.Algorithm, cred.Username.Of(b), cred.Realm.Of(b), password)
}

// Check judges what Find has found by H(user:realm:password) in hexadecimal digits: what
// AppendHA1 makes, or a database has. The nonce is used up by right ones only: nobody else
// can spoil it.
func (s *Server) Check(c *script.Ctx, cred *Credentials, ha1 []byte) script.Ret {
	q := proxy.From(c).Req
	m := &q.Msg
	b := m.Buf()
	p := digest.Params{Algorithm: cred.Algorithm, QOP: cred.QOP, Nonce: cred.Nonce.Of(b), CNonce: cred.CNonce.Of(b), NC: cred.NC.Of(b),
		Method: m.MethodName(), URI: cred.URI.Of(b), Body: m.Body()}
	if !digest.Verify(cred.Response.Of(b), ha1, &p) {
		return WrongPassword
	}
	was := q.Authorization()
	if seen := was.Good && was.Header == cred.header; !seen && !s.Nonces.Use(&cred.nonce, cred.count()) {
		return refuseNonce(q, cred)
	}
	q.SetAuthorization(proxy.Authorization{Header: cred.header, Good: true})
	return Authorized
}

// Consume removes the credentials that were found to be right, so that nobody behind this
// proxy sees them (RFC 3261 §22.3). False: there are none.
func Consume(c *script.Ctx) bool {
	x := proxy.From(c)
	if !x.HasRequest() {
		return false
	}
	a := x.Req.Authorization()
	if !a.Good {
		return false
	}
	x.Edits.DeleteHeader(&x.Req.Msg, a.Header)
	return true
}

// Good stores the credentials that were found to be right.
func Good(x *proxy.Context, cred *sipparse.Credentials) bool {
	if x.Req == nil {
		return false
	}
	a := x.Req.Authorization()
	m := &x.Req.Msg
	if !a.Good {
		return false
	}
	it := m.Credentials(m.Header(a.Header).Type)
	for {
		ok := it.Next(cred)
		switch {
		case it.Header() == a.Header:
			return ok
		case !ok && it.Err() == sipparse.OK:
			return false
		case !ok:
			it.Skip()
		}
	}
}
