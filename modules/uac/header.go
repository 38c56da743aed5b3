package uac

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
)

// A header is the From or the To of a request, as it came, and where in it a display name
// and a URI go.
type header struct {
	addr    *sipparse.NameAddr
	display sipparse.Span // what stands before the URI
	uri     sipparse.Span // with its < >, if it has them
	angled  bool
}

// headerOf reads one; false if it is broken.
func headerOf(m *sipparse.Msg, s side) (h header, ok bool) {
	if h.addr = m.From(); s == to {
		h.addr = m.To()
	}
	if h.addr == nil {
		return h, false
	}
	h.uri = h.addr.URI
	if off := h.uri.Off; off > h.addr.Whole.Off && m.Buf()[off-1] == '<' {
		h.angled = true
		h.uri = sipparse.Span{Off: off - 1, End: h.uri.End + 1}
	}
	h.display = sipparse.Span{Off: h.addr.Whole.Off, End: h.uri.Off}
	return h, true
}

// setURI writes <uri>.
func (h *header) setURI(x *proxy.Context, uri []byte) {
	x.Edits.Put(h.uri, inAngles(uri))
}

// setDisplay writes a display name as it is to be sent; an empty one takes off what is there.
func (h *header) setDisplay(x *proxy.Context, name []byte) {
	if len(name) > 0 {
		name = append(append(make([]byte, 0, len(name)+1), name...), ' ')
	}
	x.Edits.Put(h.display, name)
	if _, put := x.Edits.PutText(h.uri); !h.angled && !put {
		h.setURI(x, h.addr.URI.Of(x.Req.Msg.Buf())) // a display name needs < > behind it
	}
}

// rewritten says of which part its responses get back what was there.
func (s side) rewritten() proxy.Rewrite {
	if s == to {
		return proxy.RewroteTo
	}
	return proxy.RewroteFrom
}
