package nathelper

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/usrloc"
)

// maxSockets bounds the texts of sockets that a loop remembers.
const maxSockets = 1024

// flow is the way to a contact: to the first of its Path, else to where it registered
// from, else to what it calls itself; from the socket that its REGISTER came to. False: it
// is not pinged.
func (p *pinger) flow(l *loop.Loop, r *round, c *usrloc.Contact) (f transport.Flow, ok bool) {
	remote, proto, ok := nextHop(c)
	if ok && proto.Reliable() && !p.set.tcp {
		return f, false
	}
	var ls *transport.Listener
	if ok {
		ls = p.socket(r, c, proto, remote)
	}
	if ls == nil {
		p.counters[l.Index()].Unknown.Inc()
		return f, false
	}
	f = transport.Flow{Remote: remote, Proto: proto, Listener: ls.Index(), Local: ls.Source(remote, loop.Addr{}), NoDial: true}
	if proto.Reliable() {
		f.Conn = l.ParseStreamID(c.Flow)
	}
	return f, true
}

// nextHop reads where a contact is. Names are not looked up: what is behind a NAT has
// registered from an address.
func nextHop(c *usrloc.Contact) (remote loop.Addr, proto transport.Proto, ok bool) {
	uri := c.URI
	if len(c.Received) > 0 {
		uri = c.Received
	}
	if len(c.Path) > 0 {
		if uri = firstURI(c.Path); uri == nil {
			return remote, proto, false
		}
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return remote, proto, false
	}
	if proto, ok = protoOf(uri, &u); !ok {
		return remote, proto, false
	}
	remote, ok = loop.ParseIP(u.Host.Of(uri))
	return remote.WithPort(portOf(uri, &u)), proto, ok && !remote.IsUnspecified()
}

// firstURI is that of the first of a list of <uri>.
func firstURI(path []byte) []byte {
	var n sipparse.NameAddr
	for i, b := range path {
		if b == '>' {
			if sipparse.ParseNameAddr(path[:i+1], &n) == sipparse.OK {
				return n.URI.Of(path)
			}
			return nil
		}
	}
	return nil
}

// protoOf is the transport of a URI.
func protoOf(uri []byte, u *sipparse.URI) (transport.Proto, bool) {
	if v, ok := u.Param(uri, "transport"); ok {
		p, known := transport.ProtoOf(v)
		if p == transport.TCP && u.Scheme == sipparse.SchemeSIPS {
			p = transport.TLS
		}
		return p, known
	}
	if u.Scheme == sipparse.SchemeSIPS {
		return transport.TLS, true
	}
	return transport.UDP, true
}

// socket is the listener that the contact's REGISTER came to, if it is still there, else
// force_socket, else any that can; nil: none can.
func (p *pinger) socket(r *round, c *usrloc.Contact, proto transport.Proto, remote loop.Addr) *transport.Listener {
	ls, known := r.sockets[string(c.Socket)]
	if !known {
		if len(c.Socket) > 0 {
			ls = p.core.Proxy().ListenerNamed(c.Socket)
		}
		if len(r.sockets) < maxSockets {
			r.sockets[string(c.Socket)] = ls
		}
	}
	if ls == nil {
		ls = p.forced
	}
	return p.core.Proxy().Transport().Pick(proto, remote, ls)
}
