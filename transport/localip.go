package transport

import (
	"net"
	"net/netip"

	"github.com/fastsips/fastsips/loop"
)

// An ownAddr is one of this machine's addresses and the network that it is in.
type ownAddr struct {
	loop.Addr
	network netip.Prefix
}

// Source returns the address to send to remote from by ls. Received is where the
// request that is being forwarded came to, unset if not by ls. Only a wildcard
// listener has a choice: that address, unless it is a loopback one and remote is
// not or the other way round; else the one in remote's network, else the first of
// its family.
func (ls *Listener) Source(remote, received loop.Addr) loop.Addr {
	if !ls.wildcard {
		return loop.Addr{}
	}
	to := remote.AddrPort().Addr()
	if received.IsValid() && received.AddrPort().Addr().IsLoopback() == to.IsLoopback() {
		return received
	}
	var first loop.Addr
	for _, own := range ls.t.localIPs {
		ip := own.network.Addr()
		switch {
		case own.network.Contains(to):
			return own.Addr
		case !first.IsValid() && own.Is4() == remote.Is4() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast():
			first = own.Addr
		}
	}
	return first
}

// isLocalIP reports whether a is one of this machine's addresses, as all of 127/8
// are. Wildcard listeners are reached by all of them; the list is read once, at the
// start.
func (t *Transport) isLocalIP(a loop.Addr) bool {
	for _, own := range t.localIPs {
		if own.SameIP(a) || own.network.Addr().IsLoopback() && own.network.Contains(a.AddrPort().Addr()) {
			return true
		}
	}
	return false
}

func readLocalIPs() []ownAddr {
	var out []ownAddr
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(n.IP); ok {
				bits, _ := n.Mask.Size()
				out = append(out, ownAddr{loop.AddrFrom(netip.AddrPortFrom(ip.Unmap(), 0)), netip.PrefixFrom(ip.Unmap(), bits)})
			}
		}
	}
	return out
}
