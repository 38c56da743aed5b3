// Package server is the server's side of Digest authentication as the modules auth and
// auth_db share it: it challenges, finds the credentials of a request that are for one
// realm, and judges them once somebody has said what its password is.
//
// It keeps nothing but the nonces' state: what it finds out of a request is noted in the
// request. Whoever looks the password up may wait in between, for nothing is held.
package server

import (
	"bytes"

	"github.com/fastsips/fastsips/digest/nonce"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// Values of www_authorize and its like.
const (
	Authorized    script.Ret = 1
	Answered      script.Ret = 0 // a reply was sent, which ends the script
	UnknownUser   script.Ret = -1
	WrongPassword script.Ret = -2
	StaleNonce    script.Ret = -3
	NoCredentials script.Ret = -4
	Failed        script.Ret = -5
)

// A Server is what the parameters of module auth say.
type Server struct {
	Nonces      *nonce.Maker
	RealmPrefix []byte // is taken off realms that come from a request
}

// An Owner is a module that has the Server; the one whose name is auth.
type Owner interface{ DigestServer() *Server }

// A Role is who asks for credentials.
type Role uint8

// The roles, and so the headers: WWW-Authenticate and Authorization, or Proxy-Authenticate
// and Proxy-Authorization.
const (
	UAS Role = iota
	Proxy
)

// roles is what of a role is written.
var roles = [...]struct {
	credentials  sipparse.HdrType
	status       int
	reason, name []byte
}{
	UAS:   {sipparse.HdrAuthorization, 401, []byte("Unauthorized"), []byte("WWW-Authenticate: Digest realm=")},
	Proxy: {sipparse.HdrProxyAuthorization, 407, []byte("Proxy Authentication Required"), []byte("Proxy-Authenticate: Digest realm=")},
}

var badRequest = []byte("Bad Request")

// answer sends a reply; what it gives is the value of the function that was called.
func answer(x *proxy.Context, status int, reason []byte) script.Ret {
	if !x.Answer(status, reason) {
		return -1
	}
	return Answered
}

// realmOf is the realm that a request implies, where the script names none: the host of To
// for a REGISTER to this server, else that of From, as in OpenSIPS; where From has none,
// such as a tel URI, that of the Request-URI. Nil: there is none.
func (s *Server) realmOf(m *sipparse.Msg, r Role) []byte {
	party := m.From()
	if r == UAS && m.Method() == sipparse.Register {
		party = m.To()
	}
	var host []byte
	if party != nil {
		host = hostOf(party.URI.Of(m.Buf()))
	}
	if len(host) == 0 {
		host = hostOf(m.RequestURI())
	}
	return bytes.TrimPrefix(host, s.RealmPrefix)
}

func hostOf(uri []byte) []byte {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil
	}
	return u.Host.Of(uri)
}
