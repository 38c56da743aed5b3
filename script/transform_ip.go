package script

import "net/netip"

// ipTransforms are {ip.*} but for the ones that ask a name server.
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
		isAddr("isprivate", "1 if it is an address of private use (RFC 1918, RFC 4193)", netip.Addr.IsPrivate),
		text("ip", "matches", "1 if it is an address in a network", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			a, okA := parseAddr(b)
			n, okN := parseNetwork(string(args[0].Str))
			return boolValue(okA && okN && n.Contains(a))
		}),
	}
}

func isAddr(name, doc string, is func(netip.Addr) bool) *TransformDef {
	return whole("ip", name, doc, func(_ *Ctx, b []byte) Value {
		a, ok := parseAddr(b)
		return boolValue(ok && is(a))
	})
}
