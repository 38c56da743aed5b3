package script

import (
	"bytes"
	"net/netip"
)

// ipTransforms are {ip.*} but for the ones that ask a name server, which is the proxy's.
func ipTransforms() []*TransformDef {
	return []*TransformDef{
		whole("ip", "family", "INET or INET6 of a binary address", func(_ *Ctx, b []byte) Value {
			switch len(b) {
			case 4:
				return StrValue([]byte("INET"))
			case 16:
				return StrValue([]byte("INET6"))
			}
			return Null
		}),
		whole("ip", "ntop", "a binary address as text", func(c *Ctx, b []byte) Value {
			a, ok := netip.AddrFromSlice(b)
			if !ok {
				return Null
			}
			return StrValue(a.AppendTo(c.Alloc(46)[:0]))
		}),
		whole("ip", "pton", "an address as its 4 or 16 bytes", func(c *Ctx, b []byte) Value {
			a, ok := parseAddr(b)
			if !ok {
				return Null
			}
			return StrValue(c.Copy(a.AsSlice()))
		}),
		isAddr("isip", "1 if the string is an address", func(netip.Addr) bool { return true }),
		isAddr("isip4", "1 if it is an IPv4 address", netip.Addr.Is4),
		isAddr("isip6", "1 if it is an IPv6 address", netip.Addr.Is6),
		isAddr("isprivate", "1 if it is an IPv4 address of private use (RFC 1918, RFC 6598)", isPrivate),
		full("ip", "matches", "1 if it is an address in a network, given as address/bits", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			a, okA := parseAddr(b)
			n, okN := parseNetwork(view(args[0].Str))
			if !okA || !okN || a.BitLen() != n.Addr().BitLen() || bytes.IndexByte(args[0].Str, '/') < 0 {
				return Null
			}
			return boolValue(n.Contains(a))
		}),
	}
}

var sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

func isPrivate(a netip.Addr) bool { return a.Is4() && (a.IsPrivate() || sharedSpace.Contains(a)) }

func isAddr(name, doc string, is func(netip.Addr) bool) *TransformDef {
	return full("ip", name, doc, 0, 0, func(_ *Ctx, b []byte, _ []Value) Value {
		a, ok := parseAddr(b)
		return boolValue(ok && is(a))
	})
}
