package rr

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// routes walks the Route set of the request in hand, taking values off its top.
type routes struct {
	mod  *Module
	x    *proxy.Context
	m    *sipparse.Msg
	it   sipparse.AddrList
	top  sipparse.NameAddr
	uri  sipparse.URI
	text []byte // URI of top

	broken bool // next came to what is no name-addr or no URI
}

// next moves to the next value; false at the end or at a broken one.
func (r *routes) next() bool {
	if !r.it.Next(&r.top) {
		r.broken = r.it.Err() != sipparse.OK
		return false
	}
	r.text = r.top.URI.Of(r.m.Buf())
	r.broken = sipparse.ParseURI(r.text, &r.uri) != sipparse.OK
	return !r.broken
}

// drop takes the current value off.
func (r *routes) drop() { r.m.DeleteAddr(r.x.Edits, &r.it, &r.top) }

// mine reports whether the current value names this proxy.
func (r *routes) mine() bool {
	return r.x.Proxy().Transport().IsMine(r.uri.Host.Of(r.text), r.uri.Port)
}

func (r *routes) has(param string) bool {
	_, ok := r.uri.Param(r.text, param)
	return ok
}

// looseRoute follows RFC 3261 §16.4 with OpenSIPS's return values: our own top
// Route is taken off, the next one becomes $du. Without a next one a request in a
// dialog goes to its R-URI, and one outside of a dialog has nothing to follow.
func (m *Module) looseRoute(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	msg := &x.Req.Msg
	r := routes{mod: m, x: x, m: msg, it: msg.Addrs(sipparse.HdrRoute)}
	v := r.follow(len(msg.ToTag()) > 0)
	if r.broken {
		c.Fail(proxy.BadRoute)
	}
	if v > 0 {
		x.Followed()
	}
	return v
}

func (r *routes) follow(inDialog bool) script.Ret {
	x := r.x
	if !r.next() {
		return -1
	}
	if inDialog && r.mod.fromStrictRouter(x) {
		return r.afterStrict()
	}
	if r.mine() && !r.takeOwn(inDialog) {
		if inDialog && !r.broken {
			return 1
		}
		return -1
	}
	if !r.has("lr") {
		return r.toStrict()
	}
	x.Target.SetDst(r.text)
	return 1
}

// takeOwn takes our top Route off, and its twin of a double Record-Route, whose
// side the request leaves by. It returns false when no other Route follows.
func (r *routes) takeOwn(inDialog bool) bool {
	double := r.has("r2")
	setRouted(r.x, &r.uri, r.text)
	r.drop()
	if inDialog {
		r.x.Target.SetSocket(r.x.Req.Listener)
	}
	if !r.next() {
		return false
	}
	if !double || !r.mine() || !r.has("r2") {
		return true
	}
	r.leaveByThis()
	r.drop()
	return r.next()
}

// setRouted notes the parameters of a URI of ours for check_route_param() and its kin,
// and, where the path module wants it, follows its received (RFC 3327 §5.2's example).
func setRouted(x *proxy.Context, u *sipparse.URI, uri []byte) {
	x.Req.SetRouted(uri[:0])
	if u.Params.Len() > 0 {
		x.Req.SetRouted(uri[u.Params.Off-1 : u.Params.End])
	}
	if !x.Proxy().Settings().UseReceived {
		return
	}
	if v, ok := u.Param(uri, "received"); ok {
		var dst sipparse.URI
		if text := sipparse.AppendUnescaped(nil, v); sipparse.ParseURI(text, &dst) == sipparse.OK {
			x.Target.SetDst(text)
		}
	}
}

// leaveByThis makes the request leave by the socket that the current value names: the
// other side of a double Record-Route.
func (r *routes) leaveByThis() {
	proto := transport.UDP
	if r.uri.Scheme == sipparse.SchemeSIPS {
		proto = transport.TLS
	}
	if v, ok := r.uri.Param(r.text, "transport"); ok {
		proto, _ = transport.ProtoOf(v)
	}
	ls, local := r.x.Proxy().Transport().FindSocket(proto, r.uri.Host.Of(r.text), r.uri.Port)
	if ls == nil && r.mod.warn {
		r.x.Loop().Log(levelWarning, append([]byte("WARNING:rr: no socket is the one of the second Route "), r.text...))
	}
	r.x.Target.SetSource(ls, local)
}

// levelWarning is OpenSIPS's L_WARN.
const levelWarning = 1

// fromStrictRouter reports whether a strict router sent the request: it put our
// Record-Route URI into the R-URI (RFC 3261 §16.4).
func (m *Module) fromStrictRouter(x *proxy.Context) bool {
	u, uri := x.Req.Msg.URI(), x.Req.Msg.Buf()
	if u == nil || m.ignoreUser != "" && string(u.User.Of(uri)) == m.ignoreUser {
		return false
	}
	if !x.Proxy().Transport().IsMine(u.Host.Of(uri), u.Port) {
		return false
	}
	_, gruu := u.Param(uri, "gr")
	_, lr := u.Param(uri, "lr")
	return lr && !gruu
}

// afterStrict undoes what a strict router before us did: the last Route value is
// the R-URI. The first one may be the twin of our Record-Route that is the R-URI now.
func (r *routes) afterStrict() script.Ret {
	x := r.x
	own, buf := x.Req.Msg.URI(), x.Req.Msg.Buf()
	setRouted(x, own, buf)
	x.Target.SetSocket(x.Req.Listener)
	if _, double := own.Param(buf, "r2"); double && r.mine() && r.has("r2") {
		r.leaveByThis()
		r.drop()
		if !r.next() {
			return -1 // there must be the R-URI at least
		}
	}
	first, last := *r, *r
	for r.it.Next(&r.top) {
		last = *r
	}
	switch {
	case last.top.Whole == first.top.Whole:
		x.Target.SetURI(first.text)
		first.drop()
	case first.has("lr"):
		x.Target.SetDst(first.text)
		x.Target.SetURI(last.top.URI.Of(r.m.Buf()))
		last.drop()
	default: // a strict router behind us as well: the R-URI is where it has to be
		x.Target.SetURI(first.text)
		first.drop()
	}
	return 1
}

// toStrict prepares the request for a next hop without lr: it becomes the R-URI,
// and the R-URI the last Route (RFC 3261 §16.6 6).
func (r *routes) toStrict() script.Ret {
	x := r.x
	uri := x.Target.URI(r.m.RequestURI())
	line := append(make([]byte, 0, len(uri)+16), "Route: <"...)
	line = append(append(line, uri...), ">\r\n"...)
	next := r.text
	r.drop()
	last := -1
	for i := r.m.Find(sipparse.HdrRoute, 0); i >= 0; i = r.m.Find(sipparse.HdrRoute, i+1) {
		last = i
	}
	x.Edits.InsertAfter(r.m, last, line)
	x.Target.SetURI(next)
	x.Target.SetDst(nil)
	return 1
}
