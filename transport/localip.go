package transport

import (
	"net"
	"net/netip"

	"github.com/fastsips/fastsips/loop"
)

// isLocalIP reports whether a is one of this machine's addresses. Wildcard
// listeners are reached by all of them; the list is read once, at the start.
func (t *Transport) isLocalIP(a loop.Addr) bool {
	for _, own := range t.localIPs {
		if own.SameIP(a) {
			return true
		}
	}
	return false
}

func readLocalIPs() []loop.Addr {
	var out []loop.Addr
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				out = append(out, loop.AddrFrom(netip.AddrPortFrom(ip.Unmap(), 0)))
			}
		}
	}
	return out
}
