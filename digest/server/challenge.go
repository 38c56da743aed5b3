package server

import (
	"github.com/fastsips/fastsips/digest/nonce"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Demand is what a challenge asks for beside the realm.
type Demand struct {
	QOP        sipparse.QOP         // those that are offered; 0: none, as in RFC 2069
	Algorithms []sipparse.Algorithm // a header line each, in this order; none: MD5, which is not named then
}

var defaultAlgorithms = []sipparse.Algorithm{sipparse.MD5}

// Challenge answers the request in hand with 401 or 407. If its credentials were right but
// for their nonce, the challenge says so by stale=true: the client need not ask its user.
func (s *Server) Challenge(c *script.Ctx, r Role, realm []byte, d Demand) script.Ret {
	x := proxy.From(c)
	if x.Req == nil {
		return -1
	}
	if x.Req.Msg.Method() == sipparse.Ack {
		return Answered // nobody answers an ACK
	}
	if len(realm) == 0 {
		if realm = s.realmOf(&x.Req.Msg, r); len(realm) == 0 {
			return answer(x, 400, badRequest)
		}
	}
	list := d.Algorithms
	if len(list) == 0 {
		list = defaultAlgorithms
	}
	b := c.Alloc(len(list) * (len(roles[r].name) + 2*len(realm) + nonce.Len + maxRest))[:0]
	for _, a := range list {
		b = sipparse.AppendQuoted(append(b, roles[r].name...), realm)
		b = s.Nonces.Append(x.Loop(), append(b, `, nonce="`...), a, d.QOP)
		b = append(append(b, '"'), qopText[d.QOP&(sipparse.QOPAuth|sipparse.QOPAuthInt)]...)
		if s.stale(x.Req, r) {
			b = append(b, ", stale=true"...)
		}
		if len(d.Algorithms) > 0 {
			b = append(append(b, ", algorithm="...), a.String()...)
		}
		b = append(b, "\r\n"...)
	}
	if !x.Req.AppendToReply(b) {
		return -1
	}
	return answer(x, roles[r].status, roles[r].reason)
}

// maxRest is how long a line is at most beside its name, realm and nonce.
const maxRest = 96

// qopText is the parameter by what is offered.
var qopText = [...]string{
	sipparse.QOPAuth:                       `, qop="auth"`,
	sipparse.QOPAuthInt:                    `, qop="auth-int"`,
	sipparse.QOPAuth | sipparse.QOPAuthInt: `, qop="auth,auth-int"`,
}

// stale reports whether the credentials for the same role were found to have an old nonce.
func (s *Server) stale(q *proxy.Request, r Role) bool {
	a := q.Authorization()
	return a.Stale && q.Msg.Header(a.Header).Type == roles[r].credentials
}
