package uac

import (
	"github.com/fastsips/fastsips/proxy"
)

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
// before.
func (m *Module) restore(x *proxy.Context, s side) bool {
	if m.mode == none {
		return false
	}
	param, changed := x.Req.RouteParam(m.param[s])
	name, named := x.Req.RouteParam(m.param[s] + displaySuffix)
	if !changed && !named {
		return false
	}
	up := x.Req.Upstream()
	where := s
	if up {
		where = s.other()
	}
	h, ok := headerOf(&x.Req.Msg, where)
	if !ok {
		return false
	}
	if changed && !m.restoreURI(x, &h, param, up) {
		return false
	}
	if named {
		m.restoreName(x, &h, name, up)
	}
	x.Rewrote(where.rewritten())
	return true
}

// restoreURI is restore of a URI. What makes no URI is not written: the peer may have
// changed its header, or the parameter.
func (m *Module) restoreURI(x *proxy.Context, h *header, param []byte, up bool) bool {
	uri := h.addr.URI.Of(x.Req.Msg.Buf())
	known := uri
	if up {
		known = append(append(append(make([]byte, 0, len(uri)+2), '<'), uri...), '>')
	}
	other, ok := m.unmask(param, known)
	if ok && !up {
		other, ok = withoutAngles(other)
	}
	if !ok || !isURI(other) || !x.Room(len(other)) {
		return false
	}
	h.setURI(x, other)
	return true
}

func withoutAngles(b []byte) ([]byte, bool) {
	if len(b) < 2 || b[0] != '<' || b[len(b)-1] != '>' {
		return nil, false
	}
	return b[1 : len(b)-1], true
}

// restoreName is restore of a display name. To the caller it goes without one: what he had
// is not in Record-Route, where the callee would see it.
func (m *Module) restoreName(x *proxy.Context, h *header, param []byte, up bool) {
	var name []byte
	if !up {
		name, _ = m.unmask(param, nil)
		var ok bool
		if name, ok = displayName(name); !ok {
			return
		}
	}
	if h.display.Len() > 0 || len(name) > 0 {
		h.setDisplay(x, name)
	}
}
