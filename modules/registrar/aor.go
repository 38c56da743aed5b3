package registrar

import (
	"bytes"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// An aorRule makes addresses of record of URIs: what bindings are found by (RFC 3261
// §10.3 step 5).
type aorRule struct {
	sipparse.AoROptions
	prefix                     []byte // of the domain, which does not count: realm_prefix
	maxUser, maxDomain, maxLen int
}

// of returns the address of record of a URI, in the run's memory.
func (r *aorRule) of(c *script.Ctx, uri []byte) ([]byte, failure) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil, badAoR
	}
	return r.ofParsed(c, uri, &u)
}

func (r *aorRule) ofParsed(c *script.Ctx, uri []byte, u *sipparse.URI) ([]byte, failure) {
	user, host := u.User.Len(), u.Host.Len()
	if user > r.maxUser || host > r.maxDomain || user+host+1 > r.maxLen {
		return nil, aorTooLong
	}
	buf := c.Alloc(3*(user+host) + 32) // an escape is three bytes
	aor, err := sipparse.AppendAoR(buf[:0], uri, u, r.AoROptions)
	switch {
	case err != sipparse.OK:
		return nil, badAoR
	case len(aor) > r.maxLen:
		return nil, aorTooLong
	}
	return r.withoutPrefix(aor), fine
}

// withoutPrefix takes realm_prefix off the domain, unless nothing would be left of it.
func (r *aorRule) withoutPrefix(aor []byte) []byte {
	if len(r.prefix) == 0 || !r.Domain {
		return aor
	}
	at := bytes.LastIndexByte(aor, '@') + 1
	if host := aor[at:]; len(host) > len(r.prefix) && bytes.HasPrefix(host, r.prefix) {
		return append(aor[:at], host[len(r.prefix):]...)
	}
	return aor
}
