package proxy

import (
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// A RouteLine is a Record-Route or Path header that the script asked for. It is
// written as each branch is built, since the sending side is known only then.
type RouteLine struct {
	Double   bool // one for each side where they differ (RFC 5658)
	FromTag  bool // Record-Route: the From tag as ftag
	Received bool // Path: where the request came from, as received
	on       bool
	User     []byte // user part of the URI
	Params   []byte // URI parameters, each with its semicolon
	Out, In  []byte // record_route_preset: what stands in place of host and port, for the way out and the way in
}

func (a *RouteLine) reset() {
	if a.on { // few messages ask for a Path, and only those that begin a dialog for a Record-Route
		*a = RouteLine{User: a.User[:0], Params: a.Params[:0], Out: a.Out[:0], In: a.In[:0]}
	}
}

// set makes a the wish b, in a's own storage.
func (a *RouteLine) set(b *RouteLine) {
	user, params, out, in := a.User[:0], a.Params[:0], a.Out[:0], a.In[:0]
	*a = *b
	a.on = true
	a.User, a.Params = append(user, b.User...), append(params, b.Params...)
	a.Out, a.In = append(out, b.Out...), append(in, b.In...)
}

// RecordRoute asks for a Record-Route header on what is forwarded, in a branch route
// on that branch (RFC 3261 §16.6 4); false if that was asked for before.
func (x *Context) RecordRoute(line *RouteLine) bool {
	rr := &x.Req.rr
	if rr.on {
		return false
	}
	if x.branch != nil {
		rr = &x.branch.rr
	}
	if rr.on {
		return false
	}
	rr.set(line)
	return true
}

// AddRRParam adds a parameter, with its semicolon, to the Record-Route that was or
// will be asked for; false when they become too many.
func (x *Context) AddRRParam(param []byte) bool {
	p := x.rrParams()
	if len(*p)+len(param) > maxRRParams {
		return false
	}
	*p = append(*p, param...)
	return true
}

// maxRRParams bounds the bytes that add_rr_param() collects.
const maxRRParams = 2048

// AddPath asks for a Path header on what is forwarded (RFC 3327 §5.2); false if
// that was asked for before.
func (x *Context) AddPath(line *RouteLine) bool {
	if x.Req.path == nil {
		x.Req.path = new(RouteLine)
	}
	p := x.Req.path
	if p.on {
		return false
	}
	p.set(line)
	return true
}

// A lineBuilder writes the Record-Route or Path lines of one branch.
type lineBuilder struct {
	s      *shard
	r      *Request
	name   string
	line   *RouteLine
	more   [2][]byte // what add_rr_param() collected: for all branches, for this one
	secure bool      // the target is a sips URI
	double bool      // two are written
}

// appendRecordRoute writes the Record-Route for the way out and, when the request
// came in by another interface or protocol, one for each side (RFC 5658 §6.2).
func (s *shard) appendRecordRoute(dst []byte, r *Request, rr *RouteLine, more []byte, t *Target, f *transport.Flow) []byte {
	b := lineBuilder{s: s, r: r, name: "Record-Route: <", line: rr, more: [2][]byte{r.rrParams, more}, secure: isSIPS(t.URI(r.Msg.RequestURI()))}
	return b.append(dst, f)
}

// appendPath writes the Path likewise: the topmost is the one that the registrar sees
// first.
func (s *shard) appendPath(dst []byte, r *Request, f *transport.Flow) []byte {
	b := lineBuilder{s: s, r: r, name: "Path: <", line: r.path}
	return b.append(dst, f)
}

func (b *lineBuilder) append(dst []byte, f *transport.Flow) []byte {
	out, in := b.s.p.tr.Listener(f.Listener), b.r.Listener
	b.double = len(b.line.In) > 0 || b.line.Double && len(b.line.Out) == 0 && (out != in || otherAddress(f, &b.r.From))
	dst = b.one(dst, out, f, b.line.Out, b.r.adv)
	if b.double {
		dst = b.one(dst, in, &b.r.From, b.line.In, advertised{})
	}
	return dst
}

// otherAddress reports whether a wildcard listener uses another address on the way out.
func otherAddress(out, in *transport.Flow) bool {
	return out.Local.IsValid() && in.Local.IsValid() && !out.Local.SameIP(in.Local)
}

// one writes a line for listener ls; preset, where there is one, instead of its
// address.
func (b *lineBuilder) one(dst []byte, ls *transport.Listener, f *transport.Flow, preset []byte, adv advertised) []byte {
	dst = append(dst, b.name...)
	if b.secure && secure(f.Proto) {
		dst = append(dst, "sips:"...)
	} else {
		dst = append(dst, "sip:"...)
	}
	if len(b.line.User) > 0 {
		dst = append(append(dst, b.line.User...), '@')
	}
	if len(preset) > 0 {
		dst = append(dst, preset...)
	} else {
		dst = adv.appendHostPort(dst, ls, f)
		dst = appendTransport(dst, ls.Proto())
	}
	dst = append(dst, ";lr"...)
	if b.double {
		dst = append(dst, ";r2=on"...)
	}
	return append(b.params(dst), ">\r\n"...)
}

// params writes what else the URI says.
func (b *lineBuilder) params(dst []byte) []byte {
	m := &b.r.Msg
	if from := m.From(); b.line.FromTag && from != nil && !from.Tag.IsZero() {
		dst = append(append(dst, ";ftag="...), from.Tag.Of(m.Buf())...)
	}
	if b.line.Received {
		dst = appendReceivedParam(dst, &b.r.From)
	}
	dst = append(dst, b.line.Params...)
	dst = appendBut(dst, b.more[0], b.more[1])
	return append(dst, b.more[1]...)
}

// appendReceivedParam writes the source of a request as a URI in a URI parameter, in
// which a semicolon has to be escaped.
func appendReceivedParam(dst []byte, f *transport.Flow) []byte {
	dst = append(dst, ";received=sip:"...)
	dst = f.Remote.AppendTo(dst)
	if f.Proto != transport.UDP {
		dst = append(append(dst, "%3Btransport%3D"...), f.Proto.Lower()...)
	}
	return dst
}

func appendTransport(dst []byte, p transport.Proto) []byte {
	if p == transport.UDP {
		return dst
	}
	return append(append(dst, ";transport="...), p.Lower()...)
}

func secure(p transport.Proto) bool { return p == transport.TLS || p == transport.WSS }

func isSIPS(uri []byte) bool {
	return len(uri) > 5 && uri[4] == ':' && sipparse.EqualFoldString(uri[:4], "sips")
}
