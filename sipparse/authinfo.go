package sipparse

// An AuthInfo is the value of Authentication-Info, the server's answer to Digest
// credentials: NextNonce, QOP, RspAuth, CNonce, NC. RFC 3261 §20.6, RFC 7616 §3.5.
//
//	ainfo *( COMMA ainfo )
type AuthInfo struct {
	Whole Span
	Digest
}

// ParseAuthInfo reads b. It returns ErrValue if it is broken, or has a parameter
// known here twice.
func ParseAuthInfo(b []byte, x *AuthInfo) Error {
	c := alone(b)
	c.authInfo(x)
	return c.finish(ErrValue)
}

// AuthenticationInfo stores the value of Authentication-Info in *x, spans into
// m.Buf(). err is ErrValue if it is broken or there are two.
func (m *Msg) AuthenticationInfo(x *AuthInfo) (present bool, err Error) {
	c := m.only(HdrAuthenticationInfo)
	c.authInfo(x)
	return c.result(ErrValue)
}

func (c *cursor) authInfo(x *AuthInfo) {
	*x = AuthInfo{}
	from := c.pos
	c.digest(&x.Digest)
	x.Whole = span(from, trimLWS(c.b, from, len(c.b)))
}
