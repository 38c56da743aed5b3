package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// putRequestURI writes the Request-URI of a target, without what must not be in one:
// headers and a method parameter (RFC 3261 §16.6 2, §19.1.1).
func (s *shard) putRequestURI(r *Request, t *Target, e *sipparse.Edits) {
	m := &r.Msg
	uri := t.URI(m.RequestURI())
	if mayHaveForbidden(uri) {
		if kept, ok := appendPermitted(s.lines[:0], uri); ok {
			s.lines = kept
			e.Replace(m.RequestURISpan(), kept)
			return
		}
	}
	if t.hasURI {
		e.Replace(m.RequestURISpan(), uri)
	}
}

// mayHaveForbidden looks for the two without parsing.
func mayHaveForbidden(uri []byte) bool {
	if bytes.IndexByte(uri, '?') >= 0 {
		return true
	}
	for {
		i := bytes.IndexByte(uri, ';')
		if i < 0 || i+1 >= len(uri) {
			return false
		}
		if uri = uri[i+1:]; uri[0]|0x20 == 'm' || uri[0] == '%' {
			return true
		}
	}
}

// appendPermitted appends a SIP URI without headers and method; false for what is none,
// or has neither.
func appendPermitted(dst, uri []byte) ([]byte, bool) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return dst, false
	}
	_, method := u.Param(uri, "method")
	if !method && u.Headers.IsZero() && uri[len(uri)-1] != '?' {
		return dst, false
	}
	dst = append(dst, uri[:max(u.Host.End, u.PortSpan.End)]...)
	return appendParams(dst, uri, &u, isMethod), true
}

func isMethod(name []byte) bool { return sipparse.EqualFoldString(name, "method") }

func isMaddrOrTransport(name []byte) bool {
	return sipparse.EqualFoldString(name, "maddr") || sipparse.EqualFoldString(name, "transport")
}

// appendParams appends the parameters of a SIP URI but for those that drop names.
func appendParams(dst, uri []byte, u *sipparse.URI, drop func(name []byte) bool) []byte {
	it := u.ParamPairs(uri)
	for p := (sipparse.URIPair{}); it.Next(&p); {
		if !drop(p.Name.Of(uri)) {
			dst = append(append(dst, ';'), p.Whole.Of(uri)...)
		}
	}
	return dst
}

// stripMaddr is the part of RFC 3261 §16.4 that concerns maddr: one that names this
// proxy is taken off the R-URI, with the port and transport that it stands for, if the
// request came by these.
func stripMaddr(tr *transport.Transport, r *Request) {
	u, buf := r.Msg.URI(), r.Msg.Buf()
	if u == nil || u.Params.Len() == 0 || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return
	}
	maddr, ok := u.Param(buf, "maddr")
	if !ok || !cameBy(r, u, buf) || !tr.IsMine(maddr, int(portOf(u, r.From.Proto))) {
		return
	}
	var copied sipparse.URI
	uri := r.Msg.RequestURI()
	if sipparse.ParseURI(uri, &copied) != sipparse.OK {
		return
	}
	r.Target.uri = append(r.Target.uri[:0], uri[:copied.Host.End]...)
	r.Target.uri = appendParams(r.Target.uri, uri, &copied, isMaddrOrTransport)
	r.Target.hasURI = true
}

// cameBy reports whether r came by the port and the transport that its R-URI asks for.
func cameBy(r *Request, u *sipparse.URI, buf []byte) bool {
	want := transport.UDP
	if u.Scheme == sipparse.SchemeSIPS {
		want = transport.TLS
	}
	if v, ok := u.Param(buf, "transport"); ok {
		if want, ok = transport.ProtoOf(v); !ok {
			return false
		}
	}
	port := portOf(u, want)
	return want == r.From.Proto && (port == r.Listener.Addr().Port() || port == r.Listener.Port())
}

func portOf(u *sipparse.URI, p transport.Proto) uint16 {
	if u.Port != 0 {
		return uint16(u.Port)
	}
	return p.DefaultPort()
}
