package ua

import (
	"context"
	"io"

	"github.com/emiago/sipgo/sip"
)

// ping is "fastsips options": one OPTIONS, RFC 3261 §11.
func ping(ctx context.Context, o *options, w io.Writer) (int, error) {
	a, err := newAgent(o, w)
	if err != nil {
		return exitTimeout, err
	}
	defer a.Close()
	a.serve()
	r, err := a.newRequest(sip.OPTIONS, o.target, o.from, o.target.String())
	if err != nil {
		return exitUsage, err
	}
	setAccept(r)
	return a.outcome(a.do(ctx, r))
}

func setAccept(r *sip.Request) { r.AppendHeader(sip.NewHeader("Accept", "application/sdp")) }
