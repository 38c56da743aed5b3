package proxy

// An Authorization is what Digest authentication has found out about a request.
type Authorization struct {
	Good   bool // the credentials in Header are right, and were used
	Stale  bool // they are not, because of their nonce alone
	Header int  // number of the header with the credentials that were judged last
}

// The bits of Request.authBits.
const (
	authGood = 1 << iota
	authStale
)

// Authorization returns what was noted; zero before.
func (r *Request) Authorization() Authorization {
	return Authorization{Good: r.authBits&authGood != 0, Stale: r.authBits&authStale != 0, Header: int(r.authHeader)}
}

// SetAuthorization notes it. A request that waits is no larger for it.
func (r *Request) SetAuthorization(a Authorization) {
	r.authBits, r.authHeader = 0, uint16(a.Header)
	if a.Good {
		r.authBits |= authGood
	}
	if a.Stale {
		r.authBits |= authStale
	}
}
