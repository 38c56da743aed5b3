package nathelper

import (
	"net/netip"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
	"github.com/fastsips/fastsips/transport"
)

// uacTests are the tests of nat_uac_test().
var uacTests = words{"private-contact", "diff-ip-src-via", "private-via", "private-sdp", "diff-port-src-via",
	"diff-ip-src-contact", "diff-port-src-contact", "carrier-grade-nat"}

// Their bits.
const (
	privateContact uint = 1 << iota
	diffIPVia
	privateVia
	privateSDP
	diffPortVia
	diffIPContact
	diffPortContact
	carrierGrade // not a test: RFC 6333's addresses are private as well
)

func (m *Module) uacTest(c *script.Ctx, tests uint) script.Ret {
	x := proxy.From(c)
	if viaSays(x, tests) || contactsSay(x, tests) || tests&privateSDP != 0 && m.sdpSays(x, tests) {
		return 1
	}
	return -1
}

// viaSays does the tests of the topmost Via.
func viaSays(x *proxy.Context, tests uint) bool {
	v, msg, from := x.Msg().TopVia(), x.Msg(), x.Source()
	if v == nil {
		return false
	}
	host := v.Host.Of(msg.Buf())
	port := uint16(v.Port)
	if port == 0 {
		port = from.Proto.DefaultPort()
	}
	return tests&diffPortVia != 0 && port != from.Remote.Port() ||
		tests&diffIPVia != 0 && (v.Received.Len() > 0 || differs(host, from)) ||
		tests&privateVia != 0 && isPrivate(host, tests)
}

// contactsSay does the tests of the Contacts.
func contactsSay(x *proxy.Context, tests uint) bool {
	if tests&(privateContact|diffIPContact|diffPortContact) == 0 {
		return false
	}
	msg, from := x.Msg(), x.Source()
	it := msg.Contacts()
	for ct := (sipparse.Contact{}); it.Next(&ct); {
		u, ok := x.ParseURI(ct.URI.Of(msg.Buf()))
		if !ok || u.Host.Len() == 0 {
			return false
		}
		uri := ct.URI.Of(msg.Buf())
		host := u.Host.Of(uri)
		if tests&privateContact != 0 && isPrivate(host, tests) || tests&diffIPContact != 0 && differs(host, from) ||
			tests&diffPortContact != 0 && portOf(uri, u) != from.Remote.Port() {
			return true
		}
	}
	return false
}

// portOf is the port that a URI leads to.
func portOf(uri []byte, u *sipparse.URI) uint16 {
	if u.Port != 0 {
		return uint16(u.Port)
	}
	p, _ := protoOf(uri, u)
	return p.DefaultPort()
}

// sdpSays looks for private addresses in the session descriptions.
func (m *Module) sdpSays(x *proxy.Context, tests uint) (found bool) {
	eachSDP(x.Msg(), m.sessions.On(x.Loop()), func(s *sdp.Session) {
		var conn sdp.Connection
		for level := sdp.SessionLevel; level < s.NMedia() && !found; level++ {
			found = s.Connection(level, &conn) && isPrivate(conn.Address.Of(s.Buf()), tests)
		}
	})
	return found
}

// differs reports whether host is not the address that f comes from. A name is not: it is
// not looked up.
func differs(host []byte, f *transport.Flow) bool {
	ip, ok := sipparse.HostAddr(host)
	return !ok || ip != f.Remote.AddrPort().Addr().Unmap()
}

// The networks of RFC 1918 and RFC 6598, which the public network does not know; and those
// of RFC 6333 between a carrier's customers and his NAT.
var (
	privateNets = [...]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("100.64.0.0/10")}
	carrierNet = netip.MustParsePrefix("192.0.0.0/29")
)

func isPrivate(host []byte, tests uint) bool {
	ip, ok := sipparse.HostAddr(host)
	if !ok || !ip.Is4() {
		return false
	}
	for i := range privateNets {
		if privateNets[i].Contains(ip) {
			return true
		}
	}
	return tests&carrierGrade != 0 && carrierNet.Contains(ip)
}
