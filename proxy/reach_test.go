package proxy

import (
	"log/slog"
	"net/netip"
	"testing"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/transport"
)

// dns_try_ipv6: IPv6 addresses are tried where there is an IPv4 socket too; where there is
// none they are tried anyway.
func TestReach(t *testing.T) {
	v4, v6 := dns.Via(dns.UDP, false), dns.Via(dns.UDP, true)
	for _, c := range []struct {
		sockets []string
		try6    bool
		want    dns.Reach
	}{
		{[]string{"127.0.0.1:5060", "[::1]:5060"}, false, v4},
		{[]string{"127.0.0.1:5060", "[::1]:5060"}, true, v4 | v6},
		{[]string{"127.0.0.1:5060"}, true, v4},
		{[]string{"[::1]:5060"}, false, v6},
	} {
		if got := reachBy(listenersOf(t, c.sockets), c.try6); got != c.want {
			t.Errorf("%v, %v: %v, want %v", c.sockets, c.try6, got, c.want)
		}
	}
}

// listenersOf are those of UDP sockets in memory.
func listenersOf(t *testing.T, binds []string) []*transport.Listener {
	t.Helper()
	v, err := loop.NewVirtual(loop.Config{Loops: 1}, func(_, _ loop.Addr, _ []byte) {})
	if err != nil {
		t.Fatal(err)
	}
	var cfg transport.Config
	for _, b := range binds {
		cfg.Listeners = append(cfg.Listeners, transport.ListenerConfig{Proto: transport.UDP, Binds: []netip.AddrPort{netip.MustParseAddrPort(b)}})
	}
	tr, err := transport.Open(v.Group(), cfg, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return tr.Listeners()
}
