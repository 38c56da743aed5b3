package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// What the Record-Route of the request that began a dialog says in its parameters comes
// back in the Route of every later one.

// RouteParam returns the value of a URI parameter of our own Route, which loose_route()
// has taken off; false where it has none of that name, in any case.
func (r *Request) RouteParam(name string) (value []byte, ok bool) {
	for list := r.routed; len(list) > 0; {
		var one []byte
		one, list = cutParam(list)
		if n, v, _ := bytes.Cut(one, []byte{'='}); sipparse.EqualFoldString(n, name) {
			return v, true
		}
	}
	return nil, false
}

// Upstream reports whether r goes from the callee to the caller of its dialog: our Route
// has another From tag than r. Without ftag in it that is not known, and false.
func (r *Request) Upstream() bool {
	ftag, _ := r.RouteParam("ftag")
	return len(ftag) > 0 && !bytes.Equal(ftag, r.Msg.FromTag())
}

// Followed tells those who have asked for it in [Settings] that loose_route() has taken a
// Route of ours off the request in hand.
func (x *Context) Followed() {
	if x.Req.routed == nil {
		return
	}
	for _, f := range x.p.set.Routed {
		f(x)
	}
}

// cutParam takes the first parameter off a list ";name=value;name".
func cutParam(list []byte) (one, rest []byte) {
	one, rest, _ = bytes.Cut(bytes.TrimPrefix(list, []byte{';'}), []byte{';'})
	return one, rest
}

// hasParam reports whether list has a parameter of the name of one.
func hasParam(list, one []byte) bool {
	name, _, _ := bytes.Cut(one, []byte{'='})
	for len(list) > 0 {
		var other []byte
		other, list = cutParam(list)
		if n, _, _ := bytes.Cut(other, []byte{'='}); bytes.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// appendBut appends the parameters of list that without does not have.
func appendBut(dst, list, without []byte) []byte {
	if len(without) == 0 {
		return append(dst, list...)
	}
	for len(list) > 0 {
		var one []byte
		if one, list = cutParam(list); !hasParam(without, one) {
			dst = append(append(dst, ';'), one...)
		}
	}
	return dst
}

// SetRRParam is AddRRParam of ";name=value" instead of an earlier parameter of that name:
// there is one of it. That of a branch route counts before that of the request.
func (x *Context) SetRRParam(name string, value []byte) bool {
	param := append(append(append(make([]byte, 0, len(name)+len(value)+2), ';'), name...), '=')
	param = append(param, value...)
	p := x.rrParams()
	kept := appendBut(nil, *p, param)
	if len(kept)+len(param) > maxRRParams {
		return false
	}
	*p = append(append((*p)[:0], kept...), param...)
	return true
}

// rrParams are those that were collected for what is in hand: a branch or the request.
func (x *Context) rrParams() *[]byte {
	if x.branch != nil {
		return &x.branch.rrParams
	}
	return &x.Req.rrParams
}
