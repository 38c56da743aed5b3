package ua

import (
	"context"
	"slices"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// A dialog is what RFC 3261 §12.1 says a user agent keeps of a call.
type dialog struct {
	callID        string
	local, remote string // From and To of our requests, with tags
	target        sip.Uri
	routes        []string
	cseq          uint32 // of our last request
}

// uacDialog is the dialog that a 2xx makes for the one who sent the INVITE.
func uacDialog(invite *sip.Request, res *sip.Response) *dialog {
	d := &dialog{
		callID: res.CallID().Value(),
		local:  invite.From().Value(),
		remote: res.To().Value(),
		target: invite.Recipient,
		routes: values(res.GetHeaders("Record-Route")),
		cseq:   invite.CSeq().SeqNo,
	}
	slices.Reverse(d.routes) // §12.1.2
	if c := res.Contact(); c != nil {
		d.target = c.Address
	}
	return d
}

// uasDialog is the dialog that a 2xx makes for the one who sends it.
func uasDialog(invite *sip.Request, res *sip.Response) *dialog {
	d := &dialog{
		callID: invite.CallID().Value(),
		local:  res.To().Value(),
		remote: invite.From().Value(),
		target: invite.From().Address,
		routes: values(invite.GetHeaders("Record-Route")),
	}
	if c := invite.Contact(); c != nil {
		d.target = c.Address
	}
	return d
}

func values(hs []sip.Header) []string {
	var v []string
	for _, h := range hs {
		v = append(v, h.Value())
	}
	return v
}

// newRequest builds a request within d, RFC 3261 §12.2.1.1. An ACK takes the
// number of the INVITE.
func (d *dialog) newRequest(a *agent, method sip.RequestMethod) (*sip.Request, error) {
	if method != sip.ACK {
		d.cseq++
	}
	target, routes := d.target, slices.Clone(d.routes)
	next := target
	if len(routes) > 0 {
		next = sip.Uri{}
		if err := sip.ParseUri(bareURI(routes[0]), &next); err != nil {
			return nil, err
		}
		if !next.UriParams.Has("lr") { // a strict router, §16.12.1.2
			routes = append(routes[1:], "<"+target.String()+">")
			target = next
		}
	}
	r := sip.NewRequest(method, target)
	r.SetTransport(strings.ToUpper(a.o.transport))
	for _, v := range routes {
		r.AppendHeader(sip.NewHeader("Route", v))
	}
	cseq := &sip.CSeqHeader{SeqNo: d.cseq, MethodName: method}
	for _, line := range []string{
		"From: " + d.local, "To: " + d.remote, "Call-ID: " + d.callID, cseq.String(),
		"Max-Forwards: 70", "Contact: " + contactValue(a.o.contact), "User-Agent: fastsips",
	} {
		if err := setHeader(r, line); err != nil {
			return nil, err
		}
	}
	dst, err := resolve(hostPort(next))
	r.SetDestination(dst)
	return r, err
}

// ack sends the ACK of a 2xx, which is a transaction of its own (§13.2.2.4), and
// returns it for retransmission.
func (d *dialog) ack(ctx context.Context, a *agent) (*sip.Request, error) {
	r, err := d.newRequest(a, sip.ACK)
	if err != nil {
		return nil, err
	}
	if err := a.connect(ctx, r.Destination()); err != nil {
		return nil, err
	}
	return r, a.client.WriteRequest(r)
}

// repeat sends a request again as it is.
func (a *agent) repeat(r *sip.Request) error {
	return a.client.WriteRequest(r, func(*sipgo.Client, *sip.Request) error { return nil })
}

// bye ends the call.
func (d *dialog) bye(ctx context.Context, a *agent) (*sip.Response, error) {
	r, err := d.newRequest(a, sip.BYE)
	if err != nil {
		return nil, err
	}
	return a.do(ctx, r)
}

// holds reports whether r belongs to d, RFC 3261 §12.2.2.
func (d *dialog) holds(r *sip.Request) bool {
	return r.CallID() != nil && r.From() != nil && r.To() != nil && r.CallID().Value() == d.callID &&
		tag(r.From().Value()) == tag(d.remote) && tag(r.To().Value()) == tag(d.local)
}

// bareURI is the URI of a Route value.
func bareURI(value string) string {
	if _, after, ok := strings.Cut(value, "<"); ok {
		uri, _, _ := strings.Cut(after, ">")
		return uri
	}
	return strings.TrimSpace(value)
}

// tag is the tag parameter of a From or To value.
func tag(value string) string {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i:]
	}
	for p := range strings.SplitSeq(value, ";") {
		if name, v, ok := strings.Cut(p, "="); ok && strings.EqualFold(strings.TrimSpace(name), "tag") {
			return strings.TrimSpace(v)
		}
	}
	return ""
}
