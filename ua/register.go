package ua

import (
	"context"
	"io"
	"strconv"

	"github.com/emiago/sipgo/sip"
)

// register is "fastsips register": one REGISTER, RFC 3261 §10.2.
func register(ctx context.Context, o *options, w io.Writer) (int, error) {
	if o.from == "" {
		o.from = o.target.String()
	}
	a, err := newAgent(o, w)
	if err != nil {
		return exitTimeout, err
	}
	defer a.Close()
	a.serve()
	res, err := a.register(ctx, o.target, o.expires)
	if err == nil && res.IsSuccess() {
		for _, h := range res.GetHeaders("Contact") {
			a.ladder.note("bound: %s", h.Value())
		}
	}
	return a.outcome(res, err)
}

// register binds our contact to aor for so many seconds; 0 removes it.
func (a *agent) register(ctx context.Context, aor sip.Uri, seconds int) (*sip.Response, error) {
	registrar := sip.Uri{Scheme: aor.Scheme, Host: aor.Host, Port: aor.Port} // §10.2: no user part
	r, err := a.newRequest(sip.REGISTER, registrar, aor.String(), aor.String())
	if err != nil {
		return nil, err
	}
	r.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(seconds)))
	return a.do(ctx, r)
}
