package core

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/transport"
)

// alias may be written several times, and with several names in a line; accept_subdomain
// belongs to the name before it.
func TestAliasLines(t *testing.T) {
	var n names
	for _, line := range []string{"udp:a.example.com:5060 accept_subdomain", "b.example.com tls:c.example.com"} {
		if err := n.alias(line); err != nil {
			t.Fatal(err)
		}
	}
	want := []transport.Alias{
		{Host: "a.example.com", Port: 5060, Proto: transport.UDP, Subdomains: true},
		{Host: "b.example.com", AnyProto: true},
		{Host: "c.example.com", Proto: transport.TLS},
	}
	if len(n.aliases) != len(want) {
		t.Fatalf("%+v", n.aliases)
	}
	for i, a := range n.aliases {
		if a != want[i] {
			t.Errorf("%+v, want %+v", a, want[i])
		}
	}
	for _, line := range []string{"", "accept_subdomain x y:z", "a:b:c"} {
		if n.alias(line) == nil {
			t.Errorf("%q is accepted", line)
		}
	}
}

// auto_aliases: what the resolver calls the addresses of the sockets; a wildcard has no
// name.
func TestReverseNames(t *testing.T) {
	host := func(ip string) transport.ListenerConfig {
		return transport.ListenerConfig{Binds: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(ip), 5070)}}
	}
	got := reverseNames([]transport.ListenerConfig{host("0.0.0.0"), host("127.0.0.1")})
	names, err := net.LookupAddr("127.0.0.1")
	if err != nil {
		t.Skip("127.0.0.1 has no name here:", err)
	}
	if len(got) != len(names) {
		t.Fatalf("%+v, want %q", got, names)
	}
	for i, a := range got {
		if a.Host != strings.TrimSuffix(names[i], ".") || a.Port != 5070 || a.Subdomains {
			t.Errorf("%+v, want %s", a, names[i])
		}
	}
}

// A socket without an as gets the global names; one that has them keeps its own.
func TestAdvertise(t *testing.T) {
	n := names{advHost: "nat.example.com", advPort: 5099}
	for _, c := range []struct{ in, want transport.ListenerConfig }{
		{transport.ListenerConfig{}, transport.ListenerConfig{AsHost: "nat.example.com", AsPort: 5099}},
		{transport.ListenerConfig{AsHost: "own"}, transport.ListenerConfig{AsHost: "own", AsPort: 5099}},
		{transport.ListenerConfig{AsHost: "own", AsPort: 1}, transport.ListenerConfig{AsHost: "own", AsPort: 1}},
	} {
		got := c.in
		n.advertise(&got)
		if got.AsHost != c.want.AsHost || got.AsPort != c.want.AsPort {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}
