package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// badAddress is what error_route is told of a broken header of one address.
var badAddress = map[sipparse.HdrType]script.Fault{
	sipparse.HdrPAssertedIdentity:  proxy.BadPAI,
	sipparse.HdrPPreferredIdentity: proxy.BadPPI,
	sipparse.HdrRemotePartyID:      proxy.BadRPID,
	sipparse.HdrReferTo:            proxy.BadReferTo,
	sipparse.HdrDiversion:          proxy.BadDiversion,
}

// A uriOf is a URI of the message in hand, and what error_route is told where it is none.
type uriOf struct {
	get func(*script.Ctx) []byte // nil when there is none
	bad script.Fault             // zero: nothing
}

// parse reads the URI; false when there is none, or it is broken.
func (o *uriOf) parse(c *script.Ctx) (b []byte, u sipparse.URI, ok bool) {
	if b = o.get(c); b == nil {
		return nil, u, false
	}
	if sipparse.ParseURI(b, &u) == sipparse.OK {
		return b, u, true
	}
	if o.bad.Class != 0 {
		c.Fail(o.bad)
	}
	return b, u, false
}

// address reads a header of one address into n; false when it is absent or broken.
func address(c *script.Ctx, t sipparse.HdrType, n *sipparse.NameAddr) bool {
	ok, err := proxy.From(c).Msg().Address(t, n)
	if err != sipparse.OK {
		c.Fail(badAddress[t])
	}
	return ok && err == sipparse.OK
}
