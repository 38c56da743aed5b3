package tm

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// newRequestFunction is t_new_request; ctx is the number of $avp(uac_ctx).
func newRequestFunction(ctx int32) *script.Func {
	return script.Func6("t_new_request", "Make a request outside of any dialog and send it; local_route runs on it, its replies end here. 1: it is on its way; -1: a bad value, or it cannot be sent.",
		script.All, script.Str("method", "method; not ACK or CANCEL"), script.Str("ruri", "R-URI, where it goes"),
		script.Str("from", "From: a URI, perhaps with a name before it"), script.Str("to", "To, likewise"),
		script.Opt(script.Str("body", "content type, a space, body")), script.Opt(script.Str("ctx", "value of $avp(uac_ctx) in local_route")),
		func(c *script.Ctx, method, ruri, from, to, body, context []byte) script.Ret {
			o := proxy.NewRequest{Method: method, URI: ruri, From: party(c, from), To: party(c, to), AVP: ctx, Context: context}
			if body != nil {
				o.ContentType, o.Body, _ = bytes.Cut(body, space)
				if len(o.Body) == 0 {
					return -1
				}
			}
			return proxy.From(c).Originate(&o)
		})
}

var space = []byte{' '}

// party makes a header value of "[display ]uri".
func party(c *script.Ctx, b []byte) []byte {
	at := bytes.LastIndexByte(b, ' ')
	if at < 0 {
		return b
	}
	name, uri := bytes.TrimSpace(b[:at]), b[at+1:]
	out := c.Alloc(len(b) + 6)[:0]
	if len(name) > 0 && name[0] != '"' {
		out = append(append(append(out, '"'), name...), '"')
	} else {
		out = append(out, name...)
	}
	return append(append(append(out, " <"...), bytes.Trim(uri, "<>")...), '>')
}
