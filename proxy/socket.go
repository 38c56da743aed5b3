package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// ForceSocket makes the requests of the target in hand leave by the socket that text,
// proto:host:port or bond:name, names; false if there is none such. A protocol that is not written
// is UDP.
func (x *Context) ForceSocket(text []byte) bool {
	if x.Target == nil {
		return false
	}
	ls, local := x.p.findSocket(text)
	if ls == nil {
		return false
	}
	x.Target.SetSource(ls, local)
	return true
}

// Socket returns the listener that the target in hand is forced to leave by, and the
// address of a wildcard listener; nil when it is left to the proxy.
func (x *Context) Socket() (*transport.Listener, loop.Addr) {
	if x.Target == nil {
		return nil, loop.Addr{}
	}
	return x.Target.sock, x.Target.local
}

// bondPrefix is what a bond's name has in front where a socket may be named.
var bondPrefix = []byte("bond:")

func (p *Proxy) findSocket(text []byte) (*transport.Listener, loop.Addr) {
	if name, ok := bytes.CutPrefix(text, bondPrefix); ok {
		return p.tr.Bond(name), loop.Addr{}
	}
	d, ok := parseDest(text)
	if !ok {
		return nil, loop.Addr{}
	}
	if !d.hasProto {
		d.proto = transport.UDP
	}
	port := d.port
	if port == 0 {
		port = int(d.proto.DefaultPort())
	}
	return p.tr.FindSocket(d.proto, d.host, port)
}

// A dest is [proto:]host[:port], as forward(), send() and force_send_socket() take it.
type dest struct {
	proto    transport.Proto
	hasProto bool
	host     []byte // an IPv6 address with its brackets
	port     int    // 0 if there is none
}

func parseDest(b []byte) (d dest, ok bool) {
	if name, rest, found := bytes.Cut(b, []byte{':'}); found {
		if p, known := transport.ProtoOf(name); known {
			d.proto, d.hasProto, b = p, true, rest
		}
	}
	d.host = b
	if i := bytes.LastIndexByte(b, ':'); i > bytes.LastIndexByte(b, ']') {
		n, ok := sipparse.ParseUint(b[i+1:], 65535)
		if !ok || n == 0 {
			return d, false
		}
		d.host, d.port = b[:i], int(n)
	}
	return d, isHost(d.host)
}

// appendURI writes d as a SIP URI.
func (d *dest) appendURI(dst []byte) []byte {
	dst = append(append(dst, "sip:"...), d.host...)
	if d.port != 0 {
		dst = sipparse.AppendUint(append(dst, ':'), uint64(d.port))
	}
	if d.hasProto {
		dst = append(append(dst, ";transport="...), d.proto.Lower()...)
	}
	return dst
}

// ForwardTo is Forward to a SIP URI or [proto:]host[:port], which becomes the
// destination URI.
func (x *Context) ForwardTo(to []byte) script.Ret {
	if isSIP(to) {
		x.Target.SetDst(to)
		return x.Forward()
	}
	d, ok := parseDest(to)
	if !ok {
		return x.failed(relayBadMessage)
	}
	x.Target.dst = d.appendURI(x.Target.dst[:0])
	return x.Forward()
}

func isSIP(b []byte) bool {
	var u sipparse.URI
	return sipparse.ParseURI(b, &u) == sipparse.OK && (u.Scheme == sipparse.SchemeSIP || u.Scheme == sipparse.SchemeSIPS)
}

// InBond reports whether there is a socket that text names, and it is one of a bond.
func (p *Proxy) InBond(text, bond []byte) bool {
	ls, _ := p.findSocket(text)
	b := p.tr.Bond(bytes.TrimPrefix(bond, bondPrefix))
	return ls != nil && b != nil && ls.IsIn(b)
}

// sendingListener returns the listener to reach h by, as OpenSIPS chooses it: the one
// that was forced, or its twin of the protocol in question; with mhomed the one that
// the kernel's routing points to; the one that the request came to, or its twin; any
// that can. Nil if none can.
func (p *Proxy) sendingListener(t *Target, received *transport.Listener, h *hop) *transport.Listener {
	if t != nil && t.sock != nil {
		if ls := p.tr.Twin(t.sock, h.proto, h.addr); ls != nil || t.sock.IsBond() {
			return ls // of a bond no other: the script keeps what is apart
		}
	}
	if p.set.MultiHomed && h.proto == transport.UDP {
		if ls := p.tr.ByRoute(h.proto, h.addr); ls != nil {
			return ls
		}
	}
	return p.tr.Pick(h.proto, h.addr, p.tr.Twin(received, h.proto, h.addr))
}

// pin makes f leave from the address of a wildcard listener that the script chose.
func (t *Target) pin(f *transport.Flow) {
	if t.local.IsValid() && t.sock != nil && t.sock.Index() == f.Listener {
		f.Local = t.local
	}
}
