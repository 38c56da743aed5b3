package tm

import (
	"testing"

	"github.com/fastsips/fastsips/proxy"
)

// t_relay's flags are names in a comma list (semantics of OpenSIPS 4.x).
func TestRelayFlags(t *testing.T) {
	for text, want := range map[string]proxy.RelayFlags{
		"":                              0,
		"no-auto-477":                   proxy.NoAuto477,
		"no-auto-477,no-dns-failover":   proxy.NoAuto477 | proxy.NoDNSFailover,
		"pass-reason-hdr , no-auto-477": proxy.PassReason | proxy.NoAuto477,
		"allow-no-cancel":               proxy.AllowNoCancel,
	} {
		if got, ok := relayFlags([]byte(text)); !ok || got != want {
			t.Errorf("%q: %b %v, want %b", text, got, ok, want)
		}
	}
	for _, text := range []string{"0x02", "no-auto-478", "no-auto-477,,pass-reason-hdr"} {
		if _, ok := relayFlags([]byte(text)); ok {
			t.Errorf("%q is accepted", text)
		}
	}
}
