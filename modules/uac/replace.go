package uac

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// shownSuffix makes the name of a side's second Record-Route parameter, see shown.
const shownSuffix = "x"

// replace changes one header of the request in hand: a nil display leaves the name, an
// empty URI the URI as it is.
func (m *Module) replace(c *script.Ctx, s side, display, uri []byte) script.Ret {
	x := proxy.From(c)
	h, ok := headerOf(&x.Req.Msg, s)
	if !ok || !x.Room(len(display)+len(uri)) {
		return -1
	}
	name, ok := displayName(display)
	if !ok || len(uri) > 0 && !isURI(uri) {
		c.LogError("uac: no display name and URI for a header: %q %q", display, uri)
		return -1
	}
	inDialog := len(x.Req.Msg.ToTag()) > 0
	if inDialog && m.mode == auto && len(uri) > 0 {
		c.LogError("uac: in a dialog restore_mode auto gives From and To what its sides know")
		return -1
	}
	if m.mode != none && !inDialog && !m.remember(x, s, &h, &shown{uri, name, display != nil}) {
		c.LogError("uac: From and To are too long for Record-Route")
		return -1
	}
	if len(uri) > 0 {
		h.setURI(x, uri)
	}
	if display != nil {
		h.setDisplay(x, name)
	}
	if m.mode != none {
		x.Rewrote(s.rewritten())
	}
	return 1
}

// remember puts into Record-Route what later requests need.
func (m *Module) remember(x *proxy.Context, s side, h *header, now *shown) bool {
	if len(now.uri) > 0 {
		was := h.addr.URI.Of(x.Req.Msg.Buf())
		if len(was) > maxURI || !x.SetRRParam(m.param[s], m.mask(was, now.uri)) {
			return false
		}
	} else if !now.named {
		return true
	}
	return x.SetRRParam(m.param[s]+shownSuffix, m.encode(now))
}
