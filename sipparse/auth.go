package sipparse

// An Auth is what credentials and challenges have in common: a scheme, and for
// Digest its parameters. Spans are into the buffer it was read from.
//
//	auth-scheme LWS auth-param *( COMMA auth-param ) ; RFC 3261 §25.1
type Auth struct {
	Whole    Span
	Scheme   Span
	Params   Span // all behind the scheme; of a scheme that is not known it may be anything, such as a token68
	IsDigest bool
	Digest   // zero unless IsDigest
}

// Credentials are the value of an Authorization or Proxy-Authorization header.
type Credentials struct{ Auth }

// A Challenge is the value of a WWW-Authenticate or Proxy-Authenticate header.
type Challenge struct{ Auth }

// ParseCredentials reads b, one value. Of Digest it returns ErrCredentials if a
// parameter is broken or one known here is there twice, as the next element might
// read the other one; also for more than one qop, and for both username and
// username*. Whether all needed is there says Complete. Other schemes (RFC 4475
// §3.3.7) are not looked into.
func ParseCredentials(b []byte, x *Credentials) Error {
	c := alone(b)
	c.credentials(x)
	return c.finish(ErrCredentials)
}

// ParseChallenge reads b, one value, like ParseCredentials, but qop may be a list.
// It returns ErrChallenge.
func ParseChallenge(b []byte, x *Challenge) Error {
	c := alone(b)
	c.auth(&x.Auth)
	return c.finish(ErrChallenge)
}

// Param returns the value of the parameter of that name, in any case, a quoted one
// with its quotes; b is what a was parsed from.
func (a *Auth) Param(b []byte, name string) (value []byte, ok bool) {
	c := cursor{b: b[:a.Params.End], pos: int(a.Params.Off)}
	for p := (param{}); c.authParam(&p); {
		if EqualFoldString(p.name.Of(b), name) {
			return p.value.Of(b), true
		}
	}
	return nil, false
}

// A CredentialsList walks the credentials of a message, one header line each: they
// are never combined (RFC 3261 §7.3.1), as they contain commas.
type CredentialsList struct{ lines }

// Credentials returns a walk over the headers of type t, HdrAuthorization or
// HdrProxyAuthorization.
func (m *Msg) Credentials(t HdrType) CredentialsList { return CredentialsList{m.lines(t)} }

// Next stores the next credentials in *x, spans into m.Buf(). It returns false at
// the end, and at broken ones: Err is ErrCredentials then.
func (it *CredentialsList) Next(x *Credentials) bool {
	return it.begin() && it.end(it.c.credentials(x), ErrCredentials)
}

// Skip lets the walk go on behind broken credentials: those of others are none of our
// business.
func (it *CredentialsList) Skip() { it.more, it.err = false, OK }

// CredentialsFor stores the first Digest credentials for a realm in *x. Realm is
// compared as it was written between its quotes. err is ErrCredentials if they or
// others before them are broken.
func (m *Msg) CredentialsFor(t HdrType, realm []byte, x *Credentials) (present bool, err Error) {
	it := m.Credentials(t)
	for it.Next(x) {
		if x.IsDigest && !x.Realm.IsZero() && string(x.Realm.Of(m.buf)) == string(realm) {
			return true, OK
		}
	}
	*x = Credentials{}
	return false, it.err
}

// A ChallengeList walks the challenges of a message, one header line each.
type ChallengeList struct{ lines }

// Challenges returns a walk over the headers of type t, HdrWWWAuthenticate or
// HdrProxyAuthenticate. The sender prefers the first (RFC 8760 §2.3).
func (m *Msg) Challenges(t HdrType) ChallengeList { return ChallengeList{m.lines(t)} }

// Next stores the next challenge in *x, spans into m.Buf(). It returns false at
// the end, and at a broken one: Err is ErrChallenge then.
func (it *ChallengeList) Next(x *Challenge) bool {
	return it.begin() && it.end(it.c.auth(&x.Auth), ErrChallenge)
}

// credentials takes a whole value; more is always false.
func (c *cursor) credentials(x *Credentials) (more bool) {
	c.auth(&x.Auth)
	if !x.Username.IsZero() && !x.UsernameExt.IsZero() {
		c.fail()
	}
	if q := x.QOPSpan; !q.IsZero() && !tokenChars.all(q.Of(c.b)) {
		c.fail()
	}
	return false
}

// auth takes a whole value; more is always false.
func (c *cursor) auth(a *Auth) (more bool) {
	*a = Auth{}
	a.Scheme = c.token()
	end := trimLWS(c.b, c.pos, len(c.b))
	if c.pos < end {
		c.gap()
		a.Params = span(min(c.pos, end), end)
	}
	a.Whole = Span{a.Scheme.Off, uint32(end)}
	a.IsDigest = EqualFoldString(a.Scheme.Of(c.b), "Digest")
	if a.IsDigest {
		c.digest(&a.Digest)
	} else if !c.bad {
		c.pos = len(c.b)
	}
	return false
}

// authParam takes the next auth-param = token EQUAL ( token / quoted-string ) and
// stops in front of the comma behind it; false at the end. Empty ones are passed
// over.
func (c *cursor) authParam(p *param) bool {
	for c.lws(); c.sep(','); {
	}
	if c.pos == len(c.b) {
		return false
	}
	p.name = c.token()
	c.need('=')
	p.value = c.value()
	p.whole = Span{p.name.Off, uint32(c.pos)}
	if end := skipLWS(c.b, c.pos); end < len(c.b) && c.b[end] != ',' {
		c.fail()
	}
	return !c.bad
}
