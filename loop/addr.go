package loop

import (
	"net"
	"net/netip"
	"strconv"
)

// An Addr is an IP address and port. It is comparable and holds no pointers. The
// zero Addr is unset.
type Addr struct {
	ip     [16]byte // IPv4: the first four bytes
	scope  uint32   // interface index of a link-local IPv6 address
	port   uint16
	family uint8 // 4, 6 or, unset, 0
}

// AddrFrom converts a. An IPv4-mapped IPv6 address becomes IPv4. A zone may be the
// name or number of an interface; looking up a name asks the kernel.
func AddrFrom(a netip.AddrPort) Addr {
	ip := a.Addr().Unmap()
	r := Addr{port: a.Port()}
	switch {
	case ip.Is4():
		r.family = 4
		b := ip.As4()
		copy(r.ip[:], b[:])
	case ip.Is6():
		r.family, r.ip, r.scope = 6, ip.As16(), scopeOf(ip.Zone())
	}
	return r
}

func scopeOf(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// AddrPort converts a; an unset Addr gives the zero AddrPort. A scope becomes a
// numeric zone, which allocates.
func (a Addr) AddrPort() netip.AddrPort {
	if a.family == 0 {
		return netip.AddrPort{}
	}
	ip := a.netip()
	if a.scope != 0 {
		ip = ip.WithZone(strconv.FormatUint(uint64(a.scope), 10))
	}
	return netip.AddrPortFrom(ip, a.port)
}

// netip is the address without port and scope.
func (a Addr) netip() netip.Addr {
	switch a.family {
	case 4:
		return netip.AddrFrom4([4]byte(a.ip[:4]))
	case 6:
		return netip.AddrFrom16(a.ip)
	}
	return netip.Addr{}
}

// IsValid reports whether a is set.
func (a Addr) IsValid() bool { return a.family != 0 }

// Is4 reports whether a is IPv4.
func (a Addr) Is4() bool { return a.family == 4 }

// Port returns the port; 0 is none.
func (a Addr) Port() uint16 { return a.port }

// WithPort returns a with another port.
func (a Addr) WithPort(port uint16) Addr {
	a.port = port
	return a
}

// IsUnspecified reports whether a is a wildcard: 0.0.0.0 or ::.
func (a Addr) IsUnspecified() bool { return a.family != 0 && a.ip == [16]byte{} }

// SameIP reports whether a and b differ in nothing but the port.
func (a Addr) SameIP(b Addr) bool {
	return a.family == b.family && a.ip == b.ip && a.scope == b.scope
}

// AppendIP appends the address as "127.0.0.1" or "::1": no brackets, no scope. An
// unset Addr appends nothing.
func (a Addr) AppendIP(dst []byte) []byte {
	if a.family == 0 {
		return dst
	}
	return a.netip().AppendTo(dst)
}

// AppendTo appends "127.0.0.1:5060" or "[::1]:5060". An unset Addr appends
// nothing.
func (a Addr) AppendTo(dst []byte) []byte {
	switch a.family {
	case 0:
		return dst
	case 4:
		dst = a.AppendIP(dst)
	default:
		dst = append(a.AppendIP(append(dst, '[')), ']')
	}
	return strconv.AppendUint(append(dst, ':'), uint64(a.port), 10)
}

// String is AppendTo for logs.
func (a Addr) String() string { return string(a.AppendTo(nil)) }
