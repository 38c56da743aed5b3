package proxy

import (
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// advertised is what set_advertised_address() and set_advertised_port() say for one
// message: it stands in Via and Record-Route in place of what the listener says.
type advertised struct {
	host []byte
	port uint16
}

func (a advertised) appendHostPort(dst []byte, ls *transport.Listener, f *transport.Flow) []byte {
	if len(a.host) > 0 {
		dst = append(dst, a.host...)
	} else {
		dst = ls.AppendHost(dst, f.Local)
	}
	port := a.port
	if port == 0 {
		port = ls.Port()
	}
	return sipparse.AppendUint(append(dst, ':'), uint64(port))
}

// SetAdvertisedAddress makes host the one that Via and Record-Route of what is
// forwarded name. It returns false for what is no host.
func (x *Context) SetAdvertisedAddress(host []byte) bool {
	if !isHost(host) {
		return false
	}
	x.Req.adv.host = append(x.Req.adv.host[:0], host...)
	return true
}

// SetAdvertisedPort does the same for the port.
func (x *Context) SetAdvertisedPort(port uint16) { x.Req.adv.port = port }

// isHost reports whether b may stand as the host of a URI: a name or address, an
// IPv6 address in brackets.
func isHost(b []byte) bool {
	var buf [maxHostText + len("sip:")]byte
	if len(b) == 0 || len(b) > maxHostText {
		return false
	}
	uri := append(append(buf[:0], "sip:"...), b...)
	var u sipparse.URI
	return sipparse.ParseURI(uri, &u) == sipparse.OK && u.Host.Len() == len(b)
}

// maxHostText is the length of the longest domain name.
const maxHostText = 255

// AddLocalRport asks the next hop for the port that it sees us at: rport in our own
// Via (RFC 3581 §3).
func (x *Context) AddLocalRport() { x.Req.localRport = true }
