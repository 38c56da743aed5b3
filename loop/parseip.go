package loop

import "bytes"

// ParseIP reads a literal IPv4 or IPv6 address, the latter with or without
// brackets. The port is 0; an IPv4-mapped address becomes IPv4, as in AddrFrom. It
// takes what netip.ParseAddr takes except zones, which SIP has none of (RFC 3261
// §25.1, IPv6address), and allocates nothing, least of all for a host name.
func ParseIP(b []byte) (Addr, bool) {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		return parse6(b[1 : n-1])
	}
	if bytes.IndexByte(b, ':') >= 0 {
		return parse6(b)
	}
	a := Addr{family: 4}
	if !parse4(a.ip[:4], b) {
		return Addr{}, false
	}
	return a, true
}

// parse4 reads four decimal numbers without leading zeros into dst.
func parse4(dst, b []byte) bool {
	for i := range 4 {
		n, digits := 0, 0
		for digits < len(b) && digits < 3 && b[digits]-'0' <= 9 {
			n = n*10 + int(b[digits]-'0')
			digits++
		}
		if digits == 0 || n > 255 || digits > 1 && b[0] == '0' {
			return false
		}
		dst[i] = byte(n)
		b = b[digits:]
		if i < 3 {
			if len(b) == 0 || b[0] != '.' {
				return false
			}
			b = b[1:]
		}
	}
	return len(b) == 0
}

// parse6 reads up to eight groups of hex digits, one "::" among them (RFC 4291
// §2.2), the last two perhaps in IPv4's form.
func parse6(b []byte) (Addr, bool) {
	a := Addr{family: 6}
	n, gap := 0, -1 // bytes read, and where the zeros of "::" go
	if bytes.HasPrefix(b, []byte("::")) {
		gap, b = 0, b[2:]
	}
	for len(b) > 0 {
		v, digits := hexGroup(b)
		switch {
		case n == 16 || digits == 0:
			return Addr{}, false
		case digits < len(b) && b[digits] == '.':
			if n > 12 || !parse4(a.ip[n:n+4], b) {
				return Addr{}, false
			}
			n, b = n+4, nil
			continue
		}
		a.ip[n], a.ip[n+1] = byte(v>>8), byte(v)
		n, b = n+2, b[digits:]
		if len(b) == 0 {
			break
		}
		if b[0] != ':' || len(b) == 1 {
			return Addr{}, false
		}
		if b = b[1:]; b[0] == ':' {
			if gap >= 0 {
				return Addr{}, false
			}
			gap, b = n, b[1:]
		}
	}
	return spread(a, n, gap)
}

// spread moves what follows the gap, if any, to the end. A gap stands for at least
// one group of zeros.
func spread(a Addr, n, gap int) (Addr, bool) {
	if gap < 0 && n < 16 || gap >= 0 && n > 14 {
		return Addr{}, false
	}
	if gap >= 0 {
		tail := n - gap
		copy(a.ip[16-tail:], a.ip[gap:n])
		clear(a.ip[gap : 16-tail])
	}
	if mapped := [12]byte{10: 0xff, 11: 0xff}; [12]byte(a.ip[:12]) == mapped {
		a = Addr{ip: [16]byte{a.ip[12], a.ip[13], a.ip[14], a.ip[15]}, family: 4}
	}
	return a, true
}

// hexGroup reads up to four hex digits.
func hexGroup(b []byte) (v uint16, digits int) {
	for digits < len(b) && digits < 4 {
		c := b[digits]
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return v, digits
		}
		v = v<<4 | uint16(c)
		digits++
	}
	return v, digits
}
