package sipparse

import (
	"bytes"
	"net/netip"
)

// HostAddr reads the host of a URI or a Via, or the value of received or maddr, that
// is a literal address: IPv4, or IPv6 with or without its brackets. It returns false
// for a host name. An IPv4-mapped IPv6 address becomes IPv4. ":::", which the
// grammar of RFC 3261 allows before an IPv4address by mistake, counts as "::" (RFC
// 5954 §3.1, RFC 5118 §4.10). IPv4 numbers with leading zeros are no address: some
// read them as octal.
func HostAddr(b []byte) (netip.Addr, bool) {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		return ip6(b[1 : n-1])
	}
	if bytes.IndexByte(b, ':') >= 0 {
		return ip6(b)
	}
	var ip [4]byte
	if !ip4(&ip, b) {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4(ip), true
}

// ip4 reads IPv4address = 3( 1*3DIGIT "." ) 1*3DIGIT.
func ip4(ip *[4]byte, b []byte) bool {
	for i := range ip {
		part, rest, dot := bytes.Cut(b, []byte{'.'})
		n, ok := number(part, 255)
		if !ok || len(part) > 1 && part[0] == '0' || dot != (i < len(ip)-1) {
			return false
		}
		ip[i], b = byte(n), rest
	}
	return true
}

// ip6 reads IPv6address without brackets. What stands before "::" fills the address
// from the left, what stands behind it from the right.
func ip6(b []byte) (netip.Addr, bool) {
	left, right, gap := bytes.Cut(b, []byte("::"))
	right = bytes.TrimPrefix(right, []byte(":"))
	var ip, tail [16]byte
	n, ok1 := ip6Groups(&ip, left, !gap)
	m, ok2 := ip6Groups(&tail, right, gap)
	if !ok1 || !ok2 || gap && n+m > 14 || !gap && n != 16 {
		return netip.Addr{}, false
	}
	copy(ip[16-m:], tail[:m])
	return netip.AddrFrom16(ip).Unmap(), true
}

// ip6Groups reads [ hexseq ] and returns how many bytes of ip it fills. The last
// group may be an IPv4address if last is set.
func ip6Groups(ip *[16]byte, b []byte, last bool) (n int, ok bool) {
	for more := len(b) > 0; more; {
		var part []byte
		part, b, more = bytes.Cut(b, []byte{':'})
		if n == 16 {
			return 0, false
		}
		if last && !more && n <= 12 && bytes.IndexByte(part, '.') >= 0 {
			return n + 4, ip4((*[4]byte)(ip[n:]), part)
		}
		v, ok := hex4(part)
		if !ok {
			return 0, false
		}
		ip[n], ip[n+1] = byte(v>>8), byte(v)
		n += 2
	}
	return n, true
}

// hex4 = 1*4HEXDIG
func hex4(b []byte) (v uint16, ok bool) {
	for _, c := range b {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		v = v<<4 | uint16(d)
	}
	return v, 0 < len(b) && len(b) <= 4
}
