package uac

import "github.com/fastsips/fastsips/proxy"

// routed is told of each request that loose_route() has followed.
func (m *Module) routed(x *proxy.Context) {
	if m.mode == auto {
		m.restore(x, from)
		m.restore(x, to)
	}
	followCSeq(x)
}

// restore gives a request in a dialog what its receiver knows, where the side s of the
// request that began the dialog was changed. From the caller that is the same header, and
// what the script made of it; from the callee it is the other header, and what was there
// before. What makes no header is not written: a peer may have changed the parameters.
func (m *Module) restore(x *proxy.Context, s side) bool {
	if m.mode == none {
		return false
	}
	var now shown
	param, mixed := x.Req.RouteParam(m.param[s])
	own, known := x.Req.RouteParam(m.param[s] + shownSuffix)
	if known {
		now, known = m.decode(own)
	}
	if !mixed && !known {
		return false
	}
	if x.Req.Upstream() {
		return m.restoreUp(x, s.other(), param, &now)
	}
	return m.restoreDown(x, s, param, &now)
}

// restoreDown shows the callee what he saw in the first request.
func (m *Module) restoreDown(x *proxy.Context, s side, param []byte, now *shown) bool {
	h, ok := headerOf(&x.Req.Msg, s)
	if !ok {
		return false
	}
	uri := now.uri
	if len(uri) == 0 && param != nil {
		if uri, ok = m.renewed(param, h.addr.URI.Of(x.Req.Msg.Buf())); !ok {
			return false
		}
	}
	if !x.Room(len(uri) + len(now.name)) {
		return false
	}
	if len(uri) > 0 {
		h.setURI(x, uri)
	}
	if now.named {
		h.setDisplay(x, now.name)
	}
	x.Rewrote(s.rewritten())
	return true
}

// restoreUp shows the caller his own URI, without a display name where the callee was given
// another: what he had is not in Record-Route, since the callee sees that.
func (m *Module) restoreUp(x *proxy.Context, s side, param []byte, now *shown) bool {
	h, ok := headerOf(&x.Req.Msg, s)
	if !ok {
		return false
	}
	if param != nil {
		becomes := now.uri
		if len(becomes) == 0 {
			becomes = h.addr.URI.Of(x.Req.Msg.Buf())
		}
		was, ok := m.original(param, becomes)
		if !ok || !x.Room(len(was)) {
			return false
		}
		h.setURI(x, was)
	}
	if now.named && h.display.Len() > 0 {
		h.setDisplay(x, nil)
	}
	x.Rewrote(s.rewritten())
	return true
}
