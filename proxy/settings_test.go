package proxy

import (
	"net/netip"
	"testing"
	"unsafe"

	"github.com/fastsips/fastsips/transport"
)

// tcp_port is for the sockets that are written without a port, of that protocol.
func TestDefaultPort(t *testing.T) {
	bind := func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:5060")} }
	s := Settings{Listeners: []transport.ListenerConfig{
		{Proto: transport.TCP, NoPort: true, Binds: bind()}, {Proto: transport.TCP, Binds: bind()}, {Proto: transport.UDP, NoPort: true, Binds: bind()},
	}}
	s.DefaultPort(transport.TCP, 5080)
	for i, want := range []uint16{5080, 5060, 5060} {
		if got := s.Listeners[i].Binds[0].Port(); got != want {
			t.Errorf("socket %d has port %d, want %d", i, got, want)
		}
	}
}

// A tombstone is an entry of the transaction table, 80 bytes, and this: 192 together.
func TestWireSize(t *testing.T) {
	n := unsafe.Sizeof(wire{})
	t.Logf("a wire has %d bytes", n)
	if n > 192-80 {
		t.Errorf("a wire has %d bytes", n)
	}
}
